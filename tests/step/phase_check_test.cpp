// SPDX-License-Identifier: Apache-2.0
#include "step/phase_check.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "ops/losses/joined.hpp"
#include "step/step.hpp"
#include "support/expect_error.hpp"
#include "support/reference.hpp"

namespace millrace::test {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();

// A network after one step over 20 rows. Its first layer has rows of 300 floats, and padding between them.
class PhaseCheckTest : public testing::Test {
 protected:
  PhaseCheckTest() {
    store.load(ParameterStore::weights, network.weights);
    scratch.reserve(1, plan.worker_scratch());
  }

  BatchSums step() {
    BatchSums sums;
    Crew(1).run([&](Crew& crew) {
      updater.begin_step(1, 0.1);
      sums = Step(network, *loss, updater, {}).run(crew, plan, scratch, source, {}, nullptr);
    });
    return sums;
  }

  [[nodiscard]] PhaseCheck check() { return {network, plan, store, updater.gradient_buffer()}; }
  void after_rows() { check().after(Phase::rows, &plan.passes().front()); }
  [[nodiscard]] const ValueBuffers& hidden() { return plan.memory().values()[1]; }

  TestNetwork network = chain_of({"dense:300:tanh", "dense:2"}, 6);
  std::shared_ptr<const Loss> loss = make_loss("mean_squared_error");
  std::shared_ptr<const Optimizer> optimizer = make_optimizer(parse_optimizer("sgd"));
  ParameterStore store{network};
  Updater updater{network, store, *optimizer, {.clipnorm = 1}};
  StepPosition position;
  Plan plan{network, store, loss.get(), {.batch = 20, .training = true, .position = &position}};
  Scratch scratch;
  std::vector<float> x = std::vector<float>(20 * 6, 0.5F), y = std::vector<float>(20 * 2, 1.0F);
  std::vector<std::int64_t> rows{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
  BatchSource source{{x.data(), 20, 6, 6}, {y.data(), 20, 2, 2}, nullptr, rows};
};

TEST_F(PhaseCheckTest, AcceptsFiniteNumbersWhateverThePaddingHolds) {
  step();
  ASSERT_GT(hidden().stride, hidden().width);
  hidden().data[hidden().width] = nan;
  after_rows();
  check().after(Phase::update, nullptr);
}

TEST_F(PhaseCheckTest, NamesTheLayerWhoseOutputIsNotFinite) {
  step();
  hidden().data[3 * hidden().stride + 7] = nan;
  expect_error(ErrorKind::non_finite,
               {"[step] after the phase 'rows' the output of dense_1 is nan in row 4, column 8", "finite numbers"},
               [&] { after_rows(); });
}

TEST_F(PhaseCheckTest, NamesTheLayerThatPassesBackADeltaThatIsNotFinite) {
  step();
  hidden().delta[2 * hidden().stride + 5] = infinity;
  expect_error(ErrorKind::non_finite,
               {"after the phase 'rows' the delta that dense_2 passes back is inf in row 3, column 6"},
               [&] { after_rows(); });
}

TEST_F(PhaseCheckTest, NamesTheParameterWhoseWeightsOrGradientsAreNotFinite) {
  step();
  store.buffer(updater.gradient_buffer())[store.extent(3).begin] = -infinity;
  expect_error(ErrorKind::non_finite, {"after the phase 'update' the stored gradient of dense_2/bias is -inf"},
               [&] { check().after(Phase::update, nullptr); });
  store.buffer(ParameterStore::weights)[store.extent(0).begin] = nan;
  expect_error(ErrorKind::non_finite, {"after the phase 'weights' the weights dense_1/kernel is nan"},
               [&] { check().after(Phase::weights, nullptr); });
}

TEST_F(PhaseCheckTest, NamesTheParameterWhoseGradientAJobComputedWrong) {
  step();
  const GradientJob& job = plan.gradient_jobs().front();
  const GradientTile& tile = plan.kernel(job.node).tiles()[job.tile];
  std::vector<float> gradient(tile.floats, 0.0F);
  check().gradient(job, gradient.data());
  const GradientBlock& block = tile.blocks.front();
  gradient[block.place(block.rows.begin, block.columns.begin)] = nan;
  expect_error(ErrorKind::non_finite, {"[step] the gradient of ", "/kernel is nan in row "},
               [&] { check().gradient(job, gradient.data()); });
}

TEST_F(PhaseCheckTest, RefusesABatchOfAnotherShapeThanThePlans) {
  const auto refuse = [&](const std::string& message) {
    expect_error(ErrorKind::internal, {message, "as in the plan"}, [&] { check().shapes(source); });
  };
  const BatchSource right = source;
  source.rows = source.rows.first(19);
  refuse("[step] the number of rows of the batch is 19, expected 20");
  source = right;
  source.features.columns = 5;
  refuse("the width of the features is 5, expected 6");
  source = right;
  source.targets.columns = 3;
  refuse("the width of the targets is 3, expected 2");
  source = right;
  rows[4] = 20;
  expect_error(ErrorKind::internal, {"row 20 of the table, expected one of its 20 rows"},
               [&] { check().shapes(source); });
}

// They lie side by side, in memory of their own if a loss takes over an activation.
TEST(PhaseCheck, LooksAtThePredictionsOfAllOutputs) {
  NetworkDescription description;
  description.inputs = {{"features", {6}}};
  description.layers = {{"labels", parse_layer("dense:3:sigmoid"), {"features"}},
                        {"price", parse_layer("dense:1"), {"features"}}};
  description.outputs = {"labels", "price"};
  TestNetwork network(description, 3);
  const JoinedLoss loss(
      {{.loss = make_loss("binary_crossentropy"), .outputs = 3, .targets = 3, .fused = true},
       {.loss = make_loss("mean_squared_error"), .first_output = 3, .outputs = 1, .first_target = 3, .targets = 1}});
  ParameterStore store{network};
  StepPosition position;
  Plan plan{network, store, &loss, {.batch = 20, .training = true, .position = &position}};
  ASSERT_TRUE(plan.memory().fused_loss());
  const PhaseCheck check{network, plan, store, -1};
  check.after(Phase::rows, &plan.passes().front());
  plan.memory().prediction().row(4)[2] = nan;
  expect_error(ErrorKind::non_finite, {"after the phase 'rows' the prediction is nan in row 5, column 3"},
               [&] { check.after(Phase::rows, &plan.passes().front()); });
}

// Which of the two holds is decided by the build type: the debug preset has the checks.
TEST_F(PhaseCheckTest, StepsCheckTheirPhasesInDebugBuildsOnly) {
  x[6 * 4 + 1] = nan;
  if (checks_phases) {
    expect_error(ErrorKind::non_finite, {"after the phase 'rows' the output of dense_1 is nan in row 5, column 1"},
                 [&] { step(); });
  } else {
    EXPECT_TRUE(std::isnan(step().mean()));
  }
}

}  // namespace
}  // namespace millrace::test
