// SPDX-License-Identifier: Apache-2.0
//
// The three steps: define the network, choose the loss, train. The data are arrays in memory.
//   quickstart [FILE.onnx]
#include <cstdio>
#include <vector>

#include "millrace/millrace.hpp"

using namespace millrace;

namespace {

// Points of a square, labelled 1 inside a circle and 0 outside.
void fill(std::vector<float>& x, std::vector<float>& y) {
  for (int row = 0; row < 40; ++row) {
    for (int column = 0; column < 40; ++column) {
      const float a = static_cast<float>(row) / 19.5F - 1, b = static_cast<float>(column) / 19.5F - 1;
      x.insert(x.end(), {a, b});
      y.push_back(a * a + b * b < 0.6F ? 1.0F : 0.0F);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const char* file = argc > 1 ? argv[1] : "quickstart.onnx";
  std::vector<float> x, y;
  fill(x, y);

  Model model{Dense{.units = 25, .activation = "sigmoid"}, Dense{.units = 15, .activation = "sigmoid"},
              Dense{.units = 1, .activation = "sigmoid"}};
  model.compile({.optimizer = Adam{.learning_rate = 0.01}, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
  const History history = model.fit(Dataset::view(x, 2, y), {.epochs = 100});
  model.export_onnx(file);

  const double accuracy = history.epochs.back()["accuracy"];
  std::printf("accuracy %.4f after %.2f s, %.1f us a step\n", accuracy, history.seconds, history.step_microseconds);
  return accuracy > 0.95 ? 0 : 1;
}
