// SPDX-License-Identifier: Apache-2.0
//
// Trains one network in all processes that mpirun has started together, or in this process alone:
//   mpirun -n 2 cluster digits.csv
#include <iostream>
#include <memory>

#include "millrace/millrace.hpp"

using namespace millrace;

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: cluster DIGITS.csv\n";
    return 2;
  }
  try {
    const Dataset data = read_csv(argv[1], {.target = {"digit"}});
    Model model{Dense{.units = 64, .activation = "relu"}, Dense{.units = 10, .activation = "softmax"}};
    model.compile({.optimizer = Adam{}, .loss = SparseCategoricalCrossentropy{}, .metrics = {"accuracy"}});
    model.standardize(data);

    const std::unique_ptr<Cluster> cluster = join_cluster();  // null if nothing has started several processes
    model.fit(data, {.epochs = 20, .batch_size = 256, .slices = 4, .cluster = cluster.get()});
    if (writes_files(cluster.get())) model.export_onnx("cluster.onnx");
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return exit_code(error.kind());
  }
}
