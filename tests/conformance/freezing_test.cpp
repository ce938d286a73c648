// SPDX-License-Identifier: Apache-2.0
//
// Every layer that is not trainable, first, last and between others: a step leaves its parameters as they are, and gives all
// other parameters the bits that they have without freezing.
#include <gtest/gtest.h>

#include <cmath>

#include "conformance/cases.hpp"
#include "step/step.hpp"
#include "support/reference.hpp"

namespace millrace::test {
namespace {

// The weights after a step of gradient descent in which node `frozen` is not trainable; -1: all are.
std::vector<float> after_a_step(const Case& c, int frozen, const TestNetwork& start) {
  NetworkDescription description = start.description();
  if (frozen >= 0) description.layers[static_cast<std::size_t>(frozen)].trainable = false;
  const Network network(description);
  const auto loss = make_loss(c.loss);
  const auto optimizer = make_optimizer(parse_optimizer("sgd"));
  const ReferenceBatch batch = random_batch(start, *loss, 20, 1);
  const std::vector<float> x(batch.x.begin(), batch.x.end()), y(batch.y.begin(), batch.y.end());
  const std::int64_t inputs = std::ssize(x) / 20, targets = std::ssize(y) / 20;
  std::vector<std::int64_t> rows(20);
  for (std::size_t r = 0; r < 20; ++r) rows[r] = static_cast<std::int64_t>(r);
  ParameterStore store(network);
  store.load(ParameterStore::weights, start.weights);
  Updater updater(network, store, *optimizer, {});
  const StepPosition position;
  Plan plan(network, store, loss.get(), {.batch = 20, .training = true, .position = &position});
  Step step(network, *loss, updater, {});
  Scratch scratch;
  scratch.reserve(2, plan.worker_scratch());
  Crew crew(2);
  crew.run([&](Crew& team) {
    updater.begin_step(1, 0.5);
    step.run(team, plan, scratch, {{x.data(), 20, inputs, inputs}, {y.data(), 20, targets, targets}, nullptr, rows}, {},
             nullptr);
  });
  return store.flat_values(ParameterStore::weights);
}

class Freezing : public testing::TestWithParam<Case> {};

TEST_P(Freezing, LeavesTheLayerAsItIsAndTrainsTheOthers) {
  const TestNetwork start = network_of(GetParam(), 3);
  const std::vector<float> free = after_a_step(GetParam(), -1, start);
  for (int frozen = 0; frozen < std::ssize(start.nodes()); ++frozen) {
    const NetworkNode& node = start.nodes()[static_cast<std::size_t>(frozen)];
    if (node.parameters.empty()) continue;
    const std::vector<float> weights = after_a_step(GetParam(), frozen, start);
    // Batch normalisation that is frozen uses its moving averages instead of the batch's.
    const bool other_outputs = node.config.op == "batch_normalization";
    for (int p = 0; p < std::ssize(start.parameters()); ++p) {
      const NetworkParameter& parameter = start.parameters()[static_cast<std::size_t>(p)];
      const bool own = std::ranges::find(node.parameters, p) != node.parameters.end();
      for (std::int64_t i = parameter.offset; i < parameter.offset + parameter.size; ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (own) {
          EXPECT_EQ(weights[at], start.weights[at]) << parameter.name;
        } else if (!other_outputs) {
          EXPECT_EQ(weights[at], free[at]) << parameter.name << " with " << node.name << " frozen";
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, Freezing, testing::ValuesIn(conformance_cases()),
                         [](const auto& tested) { return tested.param.name; });

// The moving averages are constants of a frozen layer, so its gradient is that of a linear map.
TEST(FrozenBatchNormalization, TrainsTheLayersBeforeItThroughItsMovingAverages) {
  const Case whole{"", {"dense:6", "batch_normalization", "dense:2"}, "mean_squared_error"};
  TestNetwork start = network_of(whole, 5);
  const std::vector<float> moved = after_a_step(whole, 1, start);
  // The same network with the normalisation folded into the first layer, whose gradient then lacks the factor.
  const auto values = [&](const std::string& name) {
    for (const NetworkParameter& parameter : start.parameters()) {
      if (parameter.name == name)
        return std::vector<double>(start.weights.begin() + parameter.offset,
                                   start.weights.begin() + parameter.offset + parameter.size);
    }
    ADD_FAILURE() << name;
    return std::vector<double>();
  };
  const auto gamma = values("batch_normalization_1/gamma"), beta = values("batch_normalization_1/beta"),
             mean = values("batch_normalization_1/moving_mean"),
             variance = values("batch_normalization_1/moving_variance");
  const Case folded{"", {"dense:6", "dense:2"}, "mean_squared_error"};
  TestNetwork plain = network_of(folded, 5);
  std::vector<double> factor(6);
  for (std::size_t u = 0; u < 6; ++u) factor[u] = gamma[u] / std::sqrt(variance[u] + 1e-3);
  for (std::size_t i = 0; i < 66; ++i) plain.weights[i] = static_cast<float>(start.weights[i] * factor[i % 6]);
  for (std::size_t u = 0; u < 6; ++u)
    plain.weights[66 + u] = static_cast<float>((start.weights[66 + u] - mean[u]) * factor[u] + beta[u]);
  std::copy_n(start.weights.end() - 14, 14, plain.weights.end() - 14);
  const std::vector<float> expected = after_a_step(folded, -1, plain);
  for (std::size_t i = 0; i < 66; ++i) {
    const double step = (static_cast<double>(moved[i]) - start.weights[i]) / factor[i % 6];
    EXPECT_NEAR(step, static_cast<double>(expected[i]) - plain.weights[i], 2e-5) << i;
  }
}

}  // namespace
}  // namespace millrace::test
