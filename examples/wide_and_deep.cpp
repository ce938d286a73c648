// SPDX-License-Identifier: Apache-2.0
//
// A network that is not sequential: two columns go straight to the last layer, all columns go through two hidden layers
// with a shortcut around the second.
//   wide_and_deep breast_cancer.csv FILE.onnx
#include <cstdio>

#include "millrace/millrace.hpp"

using namespace millrace;

namespace {

double train(const std::string& table, const std::string& file) {
  const Split parts = split_stratified(read_csv(table, {.target = {"diagnosis"}}), 0.2, 1);

  const Tensor wide = input("wide", {"worst_radius", "worst_concave_points"}), deep = input("deep", {0, 30});
  const Tensor hidden = deep | Dense{.units = 16, .activation = "relu"};
  const Tensor around = add({hidden, hidden | Dense{.units = 16, .activation = "relu"}});
  Model model({wide, deep}, concatenate({around, wide}) | Dense{.units = 1, .activation = "sigmoid"});

  model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
  model.standardize(parts.train);
  model.fit(parts.train, {.epochs = 40, .seed = 1});
  model.export_onnx(file);
  std::printf("%s", model.summary().c_str());
  return Model::load_onnx(file).evaluate(parts.validation)["accuracy"];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: wide_and_deep breast_cancer.csv FILE.onnx\n");
    return 2;
  }
  try {
    const double accuracy = train(argv[1], argv[2]);
    std::printf("accuracy on the validation rows: %.3f\n", accuracy);
    return accuracy > 0.9 ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return exit_code(error.kind());
  }
}
