// SPDX-License-Identifier: Apache-2.0
//
// Runs that callbacks act on: interrupted anywhere, they go on as if they had not been.
#include "millrace/callbacks.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>

#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

// Sets `stop` after a number of steps.
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

TEST_F(CallbackRuns, AreTheSameWhereverTheyWereInterrupted) {
  Model whole = model();
  const History expected = whole.fit(data, options("whole"));
  ASSERT_LT(expected.epochs.size(), 30U) << "early stopping had nothing to do";
  ASSERT_LT(expected.epochs.back().learning_rate, 0.005) << "nothing was reduced";
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
  // The finished checkpoint is the same model, and a run that is over stays over.
  Model loaded = Model::load_checkpoint(folder.file("run.run"));
  EXPECT_EQ(weights_of(loaded), weights_of(model));
  FitOptions again = options("run");
  again.resume = true;
  Model resumed = this->model();
  EXPECT_EQ(resumed.fit(data, again).steps, 0);
  EXPECT_EQ(weights_of(resumed), weights_of(model));
}

TEST_F(CallbackRuns, BestCheckpointIsTheEpochWithTheBestValue) {
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

TEST_F(CallbackRuns, OtherCallbacksMakeAnotherRun) {
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

TEST_F(CallbackRuns, FewerCallbacksAndOtherValidationRowsMakeAnotherRun) {
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
  // Of the same training rows.
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

TEST_F(CallbackRuns, AveragedWeightsAreTheModelOfAFinishedCheckpoint) {
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
    for (const float value : model.weights(parameter.name)) EXPECT_GT(value, 0) << "averaged away";
  }
}

TEST_F(CallbackRuns, AFunctionThatWatchesStepsMayEndTheRun) {
  FitOptions watched = options("run");
  std::vector<StepReport> seen;
  std::vector<std::int64_t> epochs;
  watched.on_step = [&](const StepReport& step) {
    seen.push_back(step);
    return seen.size() == 17 ? Proceed::no : Proceed::yes;
  };
  watched.on_epoch = [&](const Epoch& epoch) { epochs.push_back(epoch.number); };
  const History history = model().fit(data, watched);
  EXPECT_EQ(history.steps, 17);
  EXPECT_EQ(history.epochs.size(), 1U);
  EXPECT_NE(history.stopped.find("by on_step, in epoch 2 after step 7"), std::string::npos) << history.stopped;
  EXPECT_EQ(epochs, (std::vector<std::int64_t>{1}));
  const StepReport& last = seen.back();
  EXPECT_EQ(last.epoch, 2);
  EXPECT_EQ(last.epochs, 30);
  EXPECT_EQ(last.step, 7);
  EXPECT_EQ(last.steps, 10);
  EXPECT_GT(last.loss, 0);
  EXPECT_GT(last.mean_loss, 0);
  EXPECT_GT(last.learning_rate, 0.01);
}

TEST_F(CallbackRuns, AFunctionThatWatchesEpochsMayEndTheRun) {
  FitOptions watched = options("run");
  watched.on_epoch = [](const Epoch& epoch) {
    return epoch["val_accuracy"] > 0 && epoch.number == 2 ? Proceed::no : Proceed::yes;
  };
  const History history = model().fit(data, watched);
  EXPECT_EQ(history.epochs.size(), 2U);
  EXPECT_NE(history.stopped.find("by on_epoch, after epoch 2"), std::string::npos) << history.stopped;
}

TEST_F(CallbackRuns, AScheduleByEpochsCountsThoseOfEarlierRunsToo) {
  Model model(example.layers);
  model.compile({.optimizer = Sgd{.learning_rate = 0.1},
                 .loss = example.loss,
                 .schedule = StepDecay{.step_size = 2, .gamma = 0.5},
                 .pace = {.by_epoch = true}});
  std::vector<double> rates;
  for (int run = 0; run < 2; ++run) {
    for (const Epoch& epoch : model.fit(data, {.epochs = 3}).epochs) rates.push_back(epoch.learning_rate);
  }
  EXPECT_EQ(rates, (std::vector<double>{0.1, 0.1, 0.05, 0.05, 0.025, 0.025}));
}

TEST_F(CallbackRuns, TheLearningRateFinderLeavesTheModelAlone) {
  Model model = this->model();
  model.build(data.features.columns, 3);
  const std::vector<float> before = weights_of(model);
  const LearningRateCurve curve = model.find_learning_rate(data, {.steps = 60, .threads = 2});
  EXPECT_EQ(weights_of(model), before);
  ASSERT_GE(curve.points.size(), 30U);
  EXPECT_DOUBLE_EQ(curve.points[0].learning_rate, 1e-7);
  for (std::size_t i = 1; i < curve.points.size(); ++i) {
    EXPECT_NEAR(curve.points[i].learning_rate / curve.points[i - 1].learning_rate, std::pow(1e8, 1.0 / 59), 1e-9);
  }
  ASSERT_TRUE(curve.suggestion.has_value());
  EXPECT_GT(*curve.suggestion, 1e-4);
  EXPECT_LT(*curve.suggestion, 1);
  // The same for any number of threads, and the model trains as if nothing had been.
  EXPECT_EQ(model.find_learning_rate(data, {.steps = 60, .threads = 1}).suggestion, curve.suggestion);
  Model other = this->model();
  other.build(data.features.columns, 3);
  other.fit(data, {.epochs = 1});
  model.fit(data, {.epochs = 1});
  EXPECT_EQ(weights_of(model), weights_of(other));
}

TEST_F(CallbackRuns, TheLearningRateFinderTakesTheModelsColumnsOnly) {
  Model model = this->model();
  model.build(data.features.columns, 3);
  Dataset wider = data;
  const std::vector<float> x(static_cast<std::size_t>(data.features.rows * 4000), 0.5F);
  wider.features = {x.data(), data.features.rows, 4000, 4000};
  wider.feature_names.clear();
  expect_error(ErrorKind::usage, {"[find_learning_rate]", "4000 feature columns, expected the 30 that the model takes"},
               [&] { return model.find_learning_rate(wider, {.steps = 10}); });
  // Inputs find columns by name in a network that is not built yet.
  Model graph(input("radius", {"mean_radius", "mean_texture"}) | Dense{.units = 1, .activation = "sigmoid"});
  graph.compile({.optimizer = Adam{}, .loss = example.loss});
  EXPECT_GE(graph.find_learning_rate(data, {.steps = 10}).points.size(), 1U);
}

TEST_F(CallbackRuns, TheLearningRateFinderEndsWhereTheLossExplodes) {
  Model model({Dense{.units = 1}});
  model.compile({.optimizer = Sgd{}, .loss = MeanSquaredError{}});
  const LearningRateCurve curve = model.find_learning_rate(data, {.highest = 1e6, .steps = 50});
  EXPECT_TRUE(curve.diverged);
  EXPECT_LT(curve.points.size(), 50U);
  expect_error(ErrorKind::usage, {"steps is 5"}, [&] { return model.find_learning_rate(data, {.steps = 5}); });
  expect_error(ErrorKind::usage, {"from 1 to 0.5"},
               [&] { return model.find_learning_rate(data, {.lowest = 1, .highest = 0.5}); });
}

TEST_F(CallbackRuns, TheConfusionMatrixCountsEveryRowOnce) {
  Model model = this->model();
  model.fit(data, {.epochs = 3});
  const ConfusionMatrix matrix = model.confusion(data);
  EXPECT_EQ(matrix.classes, (std::vector<std::string>{"benign", "malignant"}));
  const double right = matrix.count(0, 0) + matrix.count(1, 1), wrong = matrix.count(0, 1) + matrix.count(1, 0);
  EXPECT_EQ(right + wrong, 569);
  EXPECT_EQ(matrix.count(1, 0) + matrix.count(1, 1), 212);  // what is, by rows
  EXPECT_NEAR(right / 569, model.evaluate(data).metrics.at(0).value, 1e-12);
}

}  // namespace
}  // namespace millrace::test
