// SPDX-License-Identifier: Apache-2.0
//
// A training step allocates no memory, with any layer, loss, metric and optimizer.
#include <gtest/gtest.h>

#include "conformance/cases.hpp"
#include "millrace/losses.hpp"
#include "millrace/model.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "resources/allocations.hpp"
#include "support/reference.hpp"

namespace millrace::test {

namespace {

// Counts everything that a run does from the end of one step to the end of a later one. If an epoch has one step, counts
// from the end of the previous epoch to the end of that step.
void count_second_epoch(FitOptions& options, bool one_step) {
  options.on_epoch = [one_step](const Epoch& epoch) {
    if (epoch.number == 1 && one_step) count_allocations(true);
  };
  options.on_step = [one_step](const StepReport& step) {
    if (step.epoch == 2 && step.step == 1 && !one_step) count_allocations(true);
    if (step.epoch == 2 && step.step == step.steps) count_allocations(false);
  };
}

// 52 rows in batches of 8, so the last batch is smaller; it also occurs in the first epoch, before the count.
void train(const Case& c, const CompileOptions& options, int threads, std::int64_t batch_size = 8) {
  const Network network = network_of(c, 1);
  const ReferenceBatch batch = random_batch(network, *make_loss(options.loss), 52, 21);
  const std::vector<float> x(batch.x.begin(), batch.x.end()), y(batch.y.begin(), batch.y.end());
  std::vector<LayerConfig> layers;
  for (const std::string& layer : c.layers) layers.push_back(parse_layer(layer));
  Model model(layers);
  model.compile(options);
  FitOptions fit{.epochs = 2, .batch_size = batch_size, .threads = threads};
  count_second_epoch(fit, batch_size == 52);
  model.fit(Dataset::view(x, c.inputs, y, std::ssize(y) / 52), fit);
}

class Allocates : public ::testing::TestWithParam<Case> {};

TEST_P(Allocates, NothingInAStep) {
  for (const int threads : {1, 3}) {
    train(GetParam(), {.optimizer = Adam{}, .loss = parse_loss(GetParam().loss)}, threads);
    EXPECT_EQ(allocations().own, 0) << threads << " threads, first " << first_caller();
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, Allocates, ::testing::ValuesIn(conformance_cases()),
                         [](const auto& value) { return value.param.name; });

TEST(StepAllocation, IsNoneWithAnyOptimizer) {
  const Case dense{"dense", {"dense:8:relu", "dense:3:softmax"}, "sparse_categorical_crossentropy"};
  for (const OptimizerRow& row : optimizer_table()) {
    if (make_optimizer(std::string(row.name))->line_search() != nullptr) {
      train(dense, {.optimizer = std::string(row.name), .loss = parse_loss(dense.loss)}, 2, 52);
      EXPECT_EQ(allocations().own, 0) << row.name << ", first " << first_caller();
      continue;
    }
    for (const UpdateOptions& update :
         {UpdateOptions{}, UpdateOptions{.global_clipnorm = 1, .gradient_accumulation_steps = 2, .use_ema = true}}) {
      train(dense, {.optimizer = std::string(row.name), .loss = parse_loss(dense.loss), .update = update}, 2);
      EXPECT_EQ(allocations().own, 0) << row.name << ", first " << first_caller();
    }
  }
}

// Metrics are in the unit of the table, also of rows with many targets.
TEST(StepAllocation, IsNoneWithScaledTargets) {
  constexpr std::int64_t rows = 24, inputs = 3;
  for (const std::int64_t outputs : {2, 700}) {
    std::vector<float> x(rows * inputs), y(rows * outputs);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 7) - 3;
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>(i % 11);
    const Dataset data = Dataset::view(x, inputs, y, outputs);
    Model model{Dense{.units = outputs}};
    model.compile({.loss = MeanSquaredError{}, .metrics = {"mean_absolute_error", "r2"}});
    model.scale_target(data);
    FitOptions fit{.epochs = 2, .batch_size = 8, .threads = 2};
    count_second_epoch(fit, false);
    model.fit(data, fit);
    EXPECT_EQ(allocations().own, 0) << outputs << " outputs, first " << first_caller();
  }
}

// The counter notices an allocation.
TEST(StepAllocation, IsCountedIfThereIsOne) {
  count_allocations(true);
  const std::vector<int> numbers(10);
  count_allocations(false);
  EXPECT_EQ(allocations().own, 1) << numbers.size();
}

}  // namespace

}  // namespace millrace::test
