// SPDX-License-Identifier: Apache-2.0
//
// Runs with callbacks: they can be interrupted after any step and resume with the same bits.
#include "millrace/callbacks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>

#include "millrace/split.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

// Interrupts a run after a number of steps.
struct StopAfter {
  explicit StopAfter(std::int64_t steps_to_go) : steps(steps_to_go) {}
  void watch(FitOptions& options) {
    options.on_step = [this](const StepReport&) {
      if (--steps == 0) stop = true;
    };
    options.stop = &stop;
  }

  std::int64_t steps;
  std::atomic<bool> stop{false};
};

class CallbackRuns : public ::testing::Test {
 protected:
  [[nodiscard]] Model model() const {
    Model made(example.layers);
    made.compile({.optimizer = Adam{.learning_rate = 0.02},
                  .loss = example.loss,
                  .update = update,
                  .schedule = CosineDecay{.decay_steps = 60, .alpha = 0.2},
                  .pace = {.warmup = 7},
                  .metrics = {"accuracy", "roc_auc", "f1"}});
    made.standardize(data);
    return made;
  }
  [[nodiscard]] FitOptions options(const std::string& name) const {
    return {.epochs = 30,
            .batch_size = 48,
            .validation_split = 0.2,
            .seed = 5,
            .threads = 2,
            .checkpoint = folder.file(name + ".run"),
            .evaluate_training = true,
            .callbacks = {EarlyStopping{.patience = 4, .restore_best_weights = true},
                          ReduceOnPlateau{.factor = 0.5, .patience = 1},
                          BestCheckpoint{.path = folder.file(name + ".best"), .monitor = "val_roc_auc"},
                          CsvLog{.path = folder.file(name + ".csv")}, JsonLog{.path = folder.file(name + ".jsonl")}}};
  }

  Example example = examples()[2];
  Dataset data = read_example(example);
  UpdateOptions update;
  TemporaryDirectory folder;
};

TEST_F(CallbackRuns, ResumeWithTheSameBitsAfterAnyStep) {
  Model whole = model();
  const History expected = whole.fit(data, options("whole"));
  ASSERT_LT(expected.epochs.size(), 30U) << "early stopping must end the run";
  ASSERT_LT(expected.epochs.back().learning_rate, 0.005) << "the plateau must reduce the rate";
  EXPECT_NE(expected.stopped.find("val_loss did not improve"), std::string::npos) << expected.stopped;
  const std::int64_t batches = 10;  // of 455 rows
  const std::int64_t last = expected.steps;
  for (const std::int64_t steps : {std::int64_t{3}, batches, 2 * batches + 1, last - batches - 4, last - 1, last}) {
    for (const char* file : {"cut.run", "cut.best", "cut.csv", "cut.jsonl"}) std::filesystem::remove(folder.file(file));
    StopAfter interruption(steps);
    FitOptions cut = options("cut");
    interruption.watch(cut);
    EXPECT_THROW(static_cast<void>(model().fit(data, cut)), Error);
    for (const std::string kind : {".csv", ".jsonl"})
      EXPECT_TRUE(read_text(folder.file("whole" + kind)).starts_with(read_text(folder.file("cut" + kind))));

    FitOptions rest = options("cut");
    rest.resume = true;
    rest.threads = 1;
    Model resumed = model();
    const History history = resumed.fit(data, rest);
    EXPECT_EQ(weights_of(resumed), weights_of(whole)) << "after " << steps << " steps";
    for (const std::string kind : {".csv", ".jsonl"})
      EXPECT_EQ(read_text(folder.file("cut" + kind)), read_text(folder.file("whole" + kind))) << steps << " steps";
    EXPECT_EQ(history.stopped, expected.stopped);
    EXPECT_EQ(history.weights_epoch, expected.weights_epoch);
    Model best = Model::load_checkpoint(folder.file("cut.best")),
          expected_best = Model::load_checkpoint(folder.file("whole.best"));
    EXPECT_EQ(weights_of(best), weights_of(expected_best));
  }
}

TEST_F(CallbackRuns, EndWithTheWeightsOfTheBestEpoch) {
  Model model = this->model();
  const History history = model.fit(data, options("run"));
  const auto best = std::min_element(history.epochs.begin(), history.epochs.end(), [](const Epoch& a, const Epoch& b) {
    return a.validation.loss < b.validation.loss;
  });
  EXPECT_EQ(history.weights_epoch, best->number);
  const Split parts = split_last(data, 0.2);
  EXPECT_EQ(model.evaluate(parts.validation).loss, best->validation.loss);
  EXPECT_EQ(model.evaluate(parts.train).loss, best->training.loss);
  // The final checkpoint has the same weights, and resuming a finished run makes no step.
  Model loaded = Model::load_checkpoint(folder.file("run.run"));
  EXPECT_EQ(weights_of(loaded), weights_of(model));
  FitOptions again = options("run");
  again.resume = true;
  Model resumed = this->model();
  EXPECT_EQ(resumed.fit(data, again).steps, 0);
  EXPECT_EQ(weights_of(resumed), weights_of(model));
}

TEST_F(CallbackRuns, BestCheckpointHasTheWeightsOfTheBestEpoch) {
  Model model = this->model();
  const History history = model.fit(data, options("run"));
  double best = 0;
  for (const Epoch& epoch : history.epochs) best = std::max(best, epoch.validation.metrics.at(1).value);
  Model loaded = Model::load_checkpoint(folder.file("run.best"));
  EXPECT_EQ(loaded.evaluate(split_last(data, 0.2).validation).metrics.at(1).value, best);
  FitOptions resumed = options("run");
  resumed.checkpoint = folder.file("run.best");
  resumed.resume = true;
  expect_error(ErrorKind::usage, {"holds a model without its run"}, [&] { return this->model().fit(data, resumed); });
}

TEST_F(CallbackRuns, DoNotResumeWithOtherCallbackOptions) {
  StopAfter interruption(3);
  FitOptions cut = options("run");
  interruption.watch(cut);
  EXPECT_THROW(static_cast<void>(model().fit(data, cut)), Error);
  FitOptions other = options("run");
  other.resume = true;
  other.callbacks[0] = EarlyStopping{.patience = 5, .restore_best_weights = true};
  expect_error(ErrorKind::usage, {"belongs to another run", "callbacks", "patience (4 in the checkpoint, 5 now)"},
               [&] { return model().fit(data, other); });
}

TEST_F(CallbackRuns, DoNotResumeWithOtherCallbacksOrValidationRows) {
  StopAfter interruption(3);
  FitOptions cut = options("run");
  cut.callbacks.push_back(EarlyStopping{.patience = 9});
  interruption.watch(cut);
  EXPECT_THROW(static_cast<void>(model().fit(data, cut)), Error);
  FitOptions resumed = cut;
  resumed.on_step = {};
  resumed.stop = nullptr;
  resumed.resume = true;
  FitOptions other = resumed;
  other.callbacks.clear();
  expect_error(ErrorKind::usage, {"belongs to another run", "callbacks", "none now"},
               [&] { return model().fit(data, other); });
  other = resumed;
  other.callbacks[0] = EarlyStopping{.patience = 5, .restore_best_weights = true};
  expect_error(ErrorKind::usage, {"early_stopping, patience (4 in the checkpoint, 5 now)"},
               [&] { return model().fit(data, other); });
  other = resumed;
  other.evaluate_training = false;
  expect_error(ErrorKind::usage, {"evaluation of the training rows (true in the checkpoint, false now)"},
               [&] { return model().fit(data, other); });
  // Other validation rows with the same training rows.
  const Split parts = split_last(data, 0.2);
  Split moved = parts;
  moved.validation.selection.pop_back();
  other = resumed;
  other.validation_split = 0;
  other.validation = &moved.validation;
  expect_error(ErrorKind::usage, {"validation rows"}, [&] { return model().fit(parts.train, other); });
  other.validation = &parts.validation;
  EXPECT_GT(model().fit(parts.train, other).steps, 0);
}

TEST_F(CallbackRuns, FinalCheckpointHasTheAveragedWeights) {
  update = {.use_ema = true, .ema_momentum = 0.5};
  example.layers = {Dense{.units = 8, .activation = "relu"}, BatchNormalization{},
                    Dense{.units = 1, .activation = "sigmoid"}};
  FitOptions plain = options("run");
  plain.callbacks.clear();
  plain.epochs = 3;
  Model model = this->model();
  model.fit(data, plain);
  Model loaded = Model::load_checkpoint(folder.file("run.run"));
  EXPECT_EQ(weights_of(loaded), weights_of(model));
  for (const Parameter& parameter : model.parameters()) {
    if (parameter.name.find("moving_variance") == std::string::npos) continue;
    for (const float value : model.weights(parameter.name)) EXPECT_GT(value, 0) << "moving statistics are not averaged";
  }
}

}  // namespace
}  // namespace millrace::test
