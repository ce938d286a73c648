// SPDX-License-Identifier: Apache-2.0
//
// Layouts of weights: what a store holds does not depend on them, and neither does what a step makes of it.
#include "step/parameter_store.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "step/step.hpp"
#include "support/reference.hpp"

namespace millrace::test {
namespace {

// Weights of 300x260 are large enough for panels; 260 columns fill neither the last panel nor its last line.
TestNetwork large_network(const std::string& options = "") {
  return chain_of({"dense:300:tanh", "dense:260:tanh" + options, "dense:3"}, 270);
}

TEST(ParameterStore, GivesBackTheValuesItWasGivenInEveryLayout) {
  const TestNetwork network = large_network();
  std::vector<float> numbers(network.weights.size()), back(numbers.size());
  std::iota(numbers.begin(), numbers.end(), 1.0F);
  ParameterStore store(network);
  const int slot = store.add_buffer("slot");
  store.load(slot, numbers);
  for (const KernelChoice choice : {KernelChoice::automatic, KernelChoice::onednn, KernelChoice::automatic}) {
    const float* const place = store.buffer(slot).data();
    store.use(choice);
    EXPECT_EQ(store.kernels(), choice);
    EXPECT_EQ(store.buffer(slot).data(), place);
    store.save(slot, back);
    EXPECT_EQ(back, numbers);
    std::vector<float> given;
    for (int p = 0; p < std::ssize(network.parameters()); ++p)
      store.for_each_piece_of_rows(
          slot, p, [&](std::span<const float> piece) { given.insert(given.end(), piece.begin(), piece.end()); });
    EXPECT_EQ(given, numbers);
    double sum = 0;  // what lies between is zero
    for (const float value : store.buffer(slot).span()) sum += static_cast<double>(value);
    EXPECT_EQ(sum, static_cast<double>(numbers.size()) * static_cast<double>(numbers.size() + 1) / 2);
  }
}

// One shard, several of them, and a gradient in slices: what panels give is what oneDNN gives in rows.
TEST(ParameterStore, AStepHasTheSameResultInEveryLayout) {
  const TestNetwork network = large_network();
  const auto loss = make_loss("mean_squared_error");
  for (const std::int64_t rows : {3, 50, 259, 3000}) {
    const ReferenceBatch batch = random_batch(network, *loss, rows, 5);
    const EngineResult panels = engine_gradient(network, *loss, batch, 2),
                       in_rows = engine_gradient(network, *loss, batch, 2, KernelChoice::onednn);
    EXPECT_NEAR(panels.loss, in_rows.loss, 1e-6 * in_rows.loss) << rows << " rows";
    const std::vector<double> expected(in_rows.gradient.begin(), in_rows.gradient.end());
    EXPECT_LT(relative_difference(panels.gradient, expected, 1e-6), 1e-4) << rows << " rows";
    EXPECT_EQ(panels.gradient, engine_gradient(network, *loss, batch, 1).gradient) << rows << " rows";
  }
}

// Weights after five steps with everything that goes over them: penalties, limits of columns, averages, stored
// gradients.
std::vector<float> trained(KernelChoice gemm, const std::string& layer_options, const UpdateOptions& options) {
  const TestNetwork network = large_network(layer_options);
  const auto loss = make_loss("mean_squared_error");
  const auto optimizer = make_optimizer(parse_optimizer("adam:epsilon=0.01"));
  const ReferenceBatch batch = random_batch(network, *loss, 40, 1);
  const std::vector<float> x(batch.x.begin(), batch.x.end()), y(batch.y.begin(), batch.y.end());
  std::vector<std::int64_t> rows(40);
  std::iota(rows.begin(), rows.end(), 0);
  ParameterStore store(network);
  store.use(gemm);
  store.load(ParameterStore::weights, network.weights);
  Updater updater(network, store, *optimizer, options);
  const StepPosition position;
  Plan plan(network, store, loss.get(), {.batch = 40, .training = true, .position = &position});
  Step step(network, *loss, updater, {});
  Scratch scratch;
  scratch.reserve(2, plan.worker_scratch());
  Crew crew(2);
  crew.run([&](Crew& team) {
    for (int iteration = 1; iteration <= 5; ++iteration) {
      updater.begin_step(iteration, 0.01);
      step.run(team, plan, scratch, {{x.data(), 40, 270, 270}, {y.data(), 40, 3, 3}, nullptr, rows}, {}, nullptr);
    }
  });
  updater.use_averages();
  return store.flat_values(ParameterStore::weights);
}

TEST(ParameterStore, AnUpdateHasTheSameResultInEveryLayout) {
  const std::vector<std::pair<std::string, UpdateOptions>> cases{
      {"", {}},
      {":kernel_l1=0.01:kernel_l2=0.02", {}},
      {":kernel_max_norm=0.4", {}},
      {"", {.weight_decay = 0.1, .use_ema = true}},
      {"", {.clipvalue = 0.001}},
      {"", {.global_clipnorm = 0.01}},
      {":kernel_max_norm=0.4", {.gradient_accumulation_steps = 2}},
  };
  for (const auto& [layer_options, options] : cases) {
    const std::vector<float> panels = trained(KernelChoice::automatic, layer_options, options),
                             in_rows = trained(KernelChoice::onednn, layer_options, options);
    const std::vector<double> expected(in_rows.begin(), in_rows.end());
    EXPECT_LT(relative_difference(panels, expected, 1e-6), 1e-5) << layer_options;
    EXPECT_EQ(panels, trained(KernelChoice::automatic, layer_options, options)) << layer_options;
  }
}

}  // namespace
}  // namespace millrace::test
