// SPDX-License-Identifier: Apache-2.0
#include "step/penalty.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "model/models.hpp"

namespace millrace::test {
namespace {

// A model that predicts -2 for targets of 0 has the loss 4 plus its penalties.
TEST(Penalty, IsPartOfTheReportedLoss) {
  const std::vector<float> x{0, 2, 1, 0}, y{0, 0, 0, 0};
  const Dataset data = Dataset::view(x, 1, y);
  Model model{Embedding{.input_dim = 3, .output_dim = 2, .embeddings_l1 = 0.5, .embeddings_l2 = 0.25}, Flatten{},
              Dense{.units = 1,
                    .kernel_initializer = "zeros",
                    .bias_initializer = "constant:-2",
                    .bias_l1 = 0.125,
                    .bias_l2 = 0.0625}};
  model.compile({.optimizer = Sgd{.learning_rate = 0}, .loss = MeanSquaredError{}});
  const double reported = model.fit(data, {.epochs = 1, .batch_size = 3}).epochs.back().loss;
  double expected = 4 + 0.125 * 2 + 0.0625 * 4;
  for (const Parameter& parameter : model.parameters()) {
    if (parameter.name != "embedding_1/embeddings") continue;
    for (const float value : model.weights(parameter.name)) expected += 0.5 * std::abs(value) + 0.25 * value * value;
  }
  EXPECT_NEAR(reported, expected, 1e-6);
  EXPECT_NEAR(model.evaluate(data).loss, expected, 1e-6);
}

}  // namespace
}  // namespace millrace::test
