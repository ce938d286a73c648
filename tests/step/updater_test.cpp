// SPDX-License-Identifier: Apache-2.0
//
// Decay, clipping, accumulation, averages and constraints around plain descent, against the same formulas in double.
#include "step/updater.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "support/reference.hpp"

namespace millrace::test {
namespace {

TestNetwork small_network(const std::string& options = "") {
  return chain_of({"dense:5:tanh" + options, "dense:2"}, 6);
}

// The weights after `steps` steps over the same batch with learning rate 0.5.
std::vector<double> trained(const UpdateOptions& options, int steps, const std::string& optimizer_text = "sgd",
                            const std::string& layer_options = "") {
  const TestNetwork network = small_network(layer_options);
  const auto loss = make_loss("mean_squared_error");
  const auto optimizer = make_optimizer(parse_optimizer(optimizer_text));
  const ReferenceBatch batch = random_batch(network, *loss, 20, 1);
  const std::vector<float> x(batch.x.begin(), batch.x.end()), y(batch.y.begin(), batch.y.end());
  std::vector<std::int64_t> rows(20);
  for (std::size_t r = 0; r < 20; ++r) rows[r] = static_cast<std::int64_t>(r);
  ParameterStore store(network);
  store.load(ParameterStore::weights, network.weights);
  Updater updater(network, store, *optimizer, options);
  const StepPosition position;
  Plan plan(network, store, loss.get(), {.batch = 20, .training = true, .position = &position});
  Step step(network, *loss, updater, {});
  Scratch scratch;
  scratch.reserve(2, plan.worker_scratch());
  Crew crew(2);
  crew.run([&](Crew& team) {
    std::int64_t iteration = 1;
    for (int i = 0; i < steps; ++i) {
      updater.begin_step(iteration, 0.5);
      step.run(team, plan, scratch, {{x.data(), 20, 6, 6}, {y.data(), 20, 2, 2}, nullptr, rows}, {}, nullptr);
      if (updater.accumulated() == 0) ++iteration;
    }
  });
  updater.use_averages();
  const std::vector<float> weights = store.flat_values(ParameterStore::weights);
  return {weights.begin(), weights.end()};
}

struct Expected {
  TestNetwork network = small_network();
  std::shared_ptr<const Loss> loss = make_loss("mean_squared_error");
  ReferenceBatch batch = random_batch(network, *loss, 20, 1);
  std::vector<double> weights{network.weights.begin(), network.weights.end()};
  std::vector<double> gradient() { return reference_gradient(network, *loss, weights, batch); }
};

double norm(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 2e-6) << i;
}

TEST(Updater, DescendsTheGradient) {
  Expected expected;
  const auto gradient = expected.gradient();
  for (std::size_t i = 0; i < gradient.size(); ++i) expected.weights[i] -= 0.5 * gradient[i];
  expect_near(trained({}, 1), expected.weights);
}

TEST(Updater, DecaysWeightsBeforeTheRule) {
  Expected expected;
  const auto gradient = expected.gradient();
  for (std::size_t i = 0; i < gradient.size(); ++i)
    expected.weights[i] = expected.weights[i] * (1 - 0.5 * 0.1) - 0.5 * gradient[i];
  expect_near(trained({.weight_decay = 0.1}, 1), expected.weights);
}

TEST(Updater, ClipsEveryElement) {
  Expected expected;
  const auto gradient = expected.gradient();
  for (std::size_t i = 0; i < gradient.size(); ++i) expected.weights[i] -= 0.5 * std::clamp(gradient[i], -0.05, 0.05);
  expect_near(trained({.clipvalue = 0.05}, 1), expected.weights);
}

TEST(Updater, ClipsTheNormOfEveryParameter) {
  Expected expected;
  const auto gradient = expected.gradient();
  int clipped = 0;
  for (const NetworkParameter& parameter : expected.network.parameters()) {
    const std::int64_t offset = parameter.offset, size = parameter.size;
    const double size_of_gradient = norm(std::span(gradient).subspan(offset, size));
    const double factor = size_of_gradient > 0.8 ? 0.8 / size_of_gradient : 1;
    clipped += factor < 1;
    for (std::int64_t i = offset; i < offset + size; ++i) expected.weights[i] -= 0.5 * factor * gradient[i];
  }
  EXPECT_GT(clipped, 0);
  EXPECT_LT(clipped, 4) << "some parameters must stay below the limit, or the test shows less";
  expect_near(trained({.clipnorm = 0.8}, 1), expected.weights);
}

TEST(Updater, ClipsTheNormOfAllGradients) {
  Expected expected;
  const auto gradient = expected.gradient();
  const double factor = 0.1 / norm(gradient);
  ASSERT_LT(factor, 1);
  for (std::size_t i = 0; i < gradient.size(); ++i) expected.weights[i] -= 0.5 * factor * gradient[i];
  expect_near(trained({.global_clipnorm = 0.1}, 1), expected.weights);
  expect_near(trained({.global_clipnorm = 1e6}, 1), trained({}, 1));
}

TEST(Updater, AccumulatesTheMeanOfSeveralSteps) {
  // The mean gradient of three equal batches is the gradient of one.
  expect_near(trained({.gradient_accumulation_steps = 3}, 3), trained({}, 1));
  expect_near(trained({.gradient_accumulation_steps = 3}, 6), trained({}, 2));
  Expected untouched;
  expect_near(trained({.gradient_accumulation_steps = 3}, 2), untouched.weights);
}

TEST(Updater, EndsWithAverages) {
  const auto first = trained({}, 1), second = trained({}, 2), third = trained({}, 3);
  std::vector<double> average = first;
  for (std::size_t i = 0; i < average.size(); ++i) {
    average[i] = 0.6 * average[i] + 0.4 * second[i];
    average[i] = 0.6 * average[i] + 0.4 * third[i];
  }
  expect_near(trained({.use_ema = true, .ema_momentum = 0.6}, 3), average);
}

TEST(Updater, OverwritesTheWeightsByTheirAverages) {
  // After the second update the weights are the average of both updates, and the third starts from there.
  const auto first = trained({}, 1), second = trained({}, 2);
  std::vector<double> average = first;
  for (std::size_t i = 0; i < average.size(); ++i) average[i] = 0.6 * first[i] + 0.4 * second[i];
  expect_near(trained({.use_ema = true, .ema_momentum = 0.6, .ema_overwrite_frequency = 2}, 2), average);
  EXPECT_NE(trained({.use_ema = true, .ema_momentum = 0.6, .ema_overwrite_frequency = 2}, 3),
            trained({.use_ema = true, .ema_momentum = 0.6}, 3));
}

TEST(Updater, LimitsTheNormOfTheWeightsOfEveryUnit) {
  // The kernel is 6x5. The limits hold with stored gradients and with fused updates.
  for (const double stored : {0.0, 1e9}) {
    const UpdateOptions options{.global_clipnorm = stored};
    std::vector<double> free = trained(options, 1);
    for (std::size_t unit = 0; unit < 5; ++unit) {
      double squares = 0;
      for (std::size_t i = 0; i < 6; ++i) squares += free[i * 5 + unit] * free[i * 5 + unit];
      for (std::size_t i = 0; i < 6; ++i) free[i * 5 + unit] *= std::min(1.0, 0.9 / std::sqrt(squares));
    }
    expect_near(trained(options, 1, "sgd", ":kernel_max_norm=0.9"), free);
    EXPECT_NE(trained(options, 1), trained(options, 1, "sgd", ":kernel_max_norm=0.9")) << "a norm has to be above";
  }
}

TEST(Updater, LimitsTheNormsOfInitialWeightsWhileGradientsAccumulate) {
  const auto limited = [](int steps) {
    return trained({.gradient_accumulation_steps = 3}, steps, "sgd", ":kernel_max_norm=0.9");
  };
  const Expected untouched;
  std::vector<double> start = untouched.weights;
  for (std::size_t unit = 0; unit < 5; ++unit) {
    double squares = 0;
    for (std::size_t i = 0; i < 6; ++i) squares += start[i * 5 + unit] * start[i * 5 + unit];
    for (std::size_t i = 0; i < 6; ++i) start[i * 5 + unit] *= std::min(1.0, 0.9 / std::sqrt(squares));
  }
  expect_near(limited(1), start);
  EXPECT_NE(limited(1), untouched.weights) << "a norm has to be above";
  EXPECT_NE(limited(3), limited(1));
}

TEST(Updater, ScalesTheStepOfLambByTheNormOfTheParameter) {
  Expected expected;
  const auto gradient = expected.gradient();
  for (const NetworkParameter& parameter : expected.network.parameters()) {
    const std::int64_t offset = parameter.offset, size = parameter.size;
    // The first step's corrected moments are g and g^2.
    std::vector<double> direction(size);
    for (std::int64_t i = 0; i < size; ++i)
      direction[i] = gradient[offset + i] / (std::abs(gradient[offset + i]) + 1e-3);
    const double length = norm(std::span(expected.weights).subspan(offset, size));
    const double ratio = length > 0 ? length / norm(direction) : 1;  // biases start at 0
    for (std::int64_t i = 0; i < size; ++i) expected.weights[offset + i] -= 0.5 * ratio * direction[i];
  }
  expect_near(trained({}, 1, "lamb:epsilon=0.001"), expected.weights);
}

TEST(Updater, StoredGradientsGiveTheResultOfFusedUpdates) {
  expect_near(trained({.global_clipnorm = 1e9}, 5, "adam:learning_rate=0.01"),
              trained({}, 5, "adam:learning_rate=0.01"));
}

}  // namespace
}  // namespace millrace::test
