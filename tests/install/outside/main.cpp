// SPDX-License-Identifier: Apache-2.0
#include <millrace/millrace.hpp>

#include <cstdio>

int main(int argc, char** argv) {
  using namespace millrace;
  if (argc != 2) return 2;
  const float x[] = {0, 0, 0, 1, 1, 0, 1, 1}, y[] = {0, 1, 1, 0};
  const Dataset exclusive_or = Dataset::view(x, 2, y);
  Model model{Dense{.units = 8, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
  model.compile({.optimizer = Adam{.learning_rate = 0.05}, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
  model.fit(exclusive_or, {.epochs = 200, .batch_size = 4});
  model.export_onnx(argv[1]);
  const double accuracy = Model::load_onnx(argv[1]).evaluate(exclusive_or)["accuracy"];
  std::printf("accuracy %g\n", accuracy);
  return accuracy == 1 ? 0 : 1;
}
