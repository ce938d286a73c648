// SPDX-License-Identifier: Apache-2.0
//
// The weights of a model after a fit() that failed.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/random.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

struct Rows {
  std::vector<float> x, y;
  explicit Rows(std::int64_t count) {
    Random random(5, RandomStream::noise);
    for (std::int64_t i = 0; i < 5 * count; ++i) x.push_back(static_cast<float>(random.normal()));
    for (std::int64_t r = 0; r < count; ++r) y.push_back(x[5 * r] > 0 ? 1.0F : 0.0F);
  }
  [[nodiscard]] Dataset view() const { return Dataset::view(x, 5, y); }
};

class FailedRun : public ::testing::Test {
 protected:
  FailedRun() {
    model_.build(5, 3);
    compile(0.1);
    model_.fit(rows_.view(), {.epochs = 2});
    before_ = weights_of(model_);
  }
  void compile(double rate) { model_.compile({.optimizer = Sgd{.learning_rate = rate}, .loss = MeanSquaredError{}}); }
  // Trains with a rate so high that the loss diverges.
  void diverge(const std::string& checkpoint) {
    compile(1e30);
    expect_error(ErrorKind::non_finite, {"lower the learning rate"},
                 [&] { return model_.fit(rows_.view(), {.epochs = 5, .checkpoint = checkpoint}); });
    compile(0.1);
  }

  const Rows rows_{64};
  const TemporaryDirectory folder_;
  Model model_{Dense{.units = 4}, Dense{.units = 1}};
  std::vector<float> before_;
};

TEST_F(FailedRun, RestoresTheWeightsIfItHasNoCheckpoint) {
  diverge("");
  EXPECT_EQ(weights_of(model_), before_);
  Model again = model_.clone();
  model_.fit(rows_.view(), {.epochs = 2});
  again.fit(rows_.view(), {.epochs = 2});
  EXPECT_EQ(weights_of(model_), weights_of(again)) << "the optimizer's state of the failed run must be lost";
}

// The first epoch fails, so the last whole one is that of the run before.
TEST_F(FailedRun, GoesBackToTheLastWholeEpochIfItHasACheckpoint) {
  diverge(folder_.file("run"));
  EXPECT_EQ(weights_of(model_), before_);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("run")));
  model_.fit(rows_.view(), {.epochs = 1});
}

TEST_F(FailedRun, LeavesNoWeightsIfItsCheckpointIsGone) {
  Model other = model_.clone();
  const std::vector<float> huge(20, 3e38F);
  const auto spoil = [&](const StepReport& step) {
    if (step.epoch != 2 || step.step != 1) return;
    std::filesystem::remove(folder_.file("run"));
    model_.set_weights("dense_1/kernel", huge);
  };
  EXPECT_THROW(model_.fit(rows_.view(), {.epochs = 5, .checkpoint = folder_.file("run"), .on_step = spoil}), Error);
  compile(0.1);
  const std::string message = "left no valid weights";
  expect_error(ErrorKind::usage, {"[predict]", message}, [&] { return model_.predict(rows_.view()); });
  expect_error(ErrorKind::usage, {"[evaluate]", message}, [&] { return model_.evaluate(rows_.view()); });
  expect_error(ErrorKind::usage, {"[export]", message}, [&] { model_.export_onnx(folder_.file("model.onnx")); });
  expect_error(ErrorKind::usage, {"[weights]", message}, [&] { return model_.weights("dense_1/kernel"); });
  expect_error(ErrorKind::usage, {"[fit]", message}, [&] { return model_.fit(rows_.view()); });
  expect_error(ErrorKind::usage, {"[clone]", message}, [&] { return model_.clone(); });
  model_.copy_weights(other);
  EXPECT_EQ(weights_of(model_), before_);
  model_.fit(rows_.view(), {.epochs = 1});
}

TEST_F(FailedRun, IsRepairedByBuild) {
  diverge(folder_.file("run"));
  model_.build(5, 3);
  EXPECT_EQ(weights_of(model_).size(), before_.size());
}

TEST_F(FailedRun, ChangesNothingBeforeItsFirstStep) {
  model_.compile({.optimizer = Sgd{},
                  .loss = MeanSquaredError{},
                  .schedule = OneCycle{.max_learning_rate = 1, .cycle_momentum = true}});
  expect_error(ErrorKind::usage, {"sets the momentum"}, [&] { return model_.fit(rows_.view()); });
  EXPECT_EQ(weights_of(model_), before_);
}

}  // namespace
}  // namespace millrace::test
