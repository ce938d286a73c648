// SPDX-License-Identifier: Apache-2.0
//
// The rules of callbacks on made-up epochs, against what Keras and PyTorch do with the same numbers.
#include "run/callbacks/callback.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

struct Outcome {
  std::int64_t stopped = 0;         // the epoch after which the run stopped; 0: not at all
  std::vector<std::int64_t> falls;  // the epochs after which the learning rate fell
  double rate = 0;
  std::int64_t restored = 0;
};

// Shows the callback epochs with these values of val_loss, or of the metric where it monitors that.
Outcome shown(const CallbackConfig& config, const std::vector<double>& values, Semantics semantics = Semantics::keras) {
  const MetricSet metrics({"accuracy"}, 1, 1);
  const auto callback = callback_row(config.op).make(config, {metrics, true, false, semantics});
  Outcome outcome;
  double scale = 1;
  std::string stopped;
  std::vector<Epoch> history;
  std::vector<float> weights(1);
  for (const double value : values) {
    Epoch epoch;
    epoch.number = std::ssize(history) + 1;
    epoch.metrics = {{"accuracy", value}};
    epoch.validated = true;
    epoch.validation = {value, {{"accuracy", value}}};
    history.push_back(epoch);
    weights[0] = static_cast<float>(epoch.number);
    RunView view{.history = history,
                 .weights = [&] { return weights; },
                 .scheduled_rate = 0.1,
                 .rate_scale = scale,
                 .stopped = stopped,
                 .write_model = {}};
    const double before = scale;
    callback->epoch_end(epoch, view);
    if (scale != before) outcome.falls.push_back(epoch.number);
    if (!stopped.empty()) {
      outcome.stopped = epoch.number;
      break;
    }
  }
  outcome.rate = 0.1 * scale;
  outcome.restored = callback->restores_epoch();
  if (outcome.restored > 0) {
    EXPECT_EQ(callback->state().weights, std::vector<float>{static_cast<float>(outcome.restored)});
  }
  return outcome;
}

TEST(EarlyStopping, WaitsAsKerasDoes) {
  EXPECT_EQ(shown(EarlyStopping{.patience = 2}, {5, 4, 4, 4, 4}).stopped, 4);
  EXPECT_EQ(shown(EarlyStopping{.patience = 2}, {5, 4, 4, 3, 3, 3}).stopped, 6);
  EXPECT_EQ(shown(EarlyStopping{.patience = 2}, {5, 4, 3, 2, 1}).stopped, 0);
  // Without patience the second epoch is the first that can be worse.
  EXPECT_EQ(shown(EarlyStopping{}, {5, 6}).stopped, 2);
  EXPECT_EQ(shown(EarlyStopping{.patience = 1, .min_delta = 1}, {5, 4.5, 4.5}).stopped, 2);
  EXPECT_EQ(shown(EarlyStopping{.patience = 1, .start_from_epoch = 3}, {1, 2, 3, 4, 5}).stopped, 5);
  const double nan = std::nan("");
  EXPECT_EQ(shown(EarlyStopping{.patience = 2}, {5, nan, nan}).stopped, 3);
  EXPECT_EQ(shown(EarlyStopping{.patience = 2}, {nan, nan, 5, 4, 4, 4}).stopped, 2);
}

TEST(EarlyStopping, AnImprovementThatMissesTheBaselineEndsNothingButGivesNoPatience) {
  EXPECT_EQ(shown(EarlyStopping{.patience = 2, .baseline = 3}, {5, 4, 3.5, 3.5}).stopped, 4);
  EXPECT_EQ(shown(EarlyStopping{.patience = 2, .baseline = 3}, {5, 4, 2, 3.5, 3.5}).stopped, 5);
}

TEST(EarlyStopping, DirectionIsThatOfTheMetric) {
  EXPECT_EQ(shown(EarlyStopping{.patience = 1, .monitor = "val_accuracy"}, {0.5, 0.6, 0.7, 0.7}).stopped, 4);
  EXPECT_EQ(shown(EarlyStopping{.patience = 1, .monitor = "accuracy", .mode = "min"}, {0.5, 0.6}).stopped, 2);
  EXPECT_EQ(shown(EarlyStopping{.patience = 1, .mode = "max"}, {5, 4}).stopped, 2);
}

TEST(EarlyStopping, KeepsTheWeightsOfTheBestEpoch) {
  EXPECT_EQ(shown(EarlyStopping{.patience = 2, .restore_best_weights = true}, {5, 3, 4, 4}).restored, 2);
  EXPECT_EQ(shown(EarlyStopping{.patience = 9, .restore_best_weights = true}, {5, 3, 4, 2}).restored, 4);
  EXPECT_EQ(shown(EarlyStopping{.patience = 2}, {5, 3, 4, 4}).restored, 0);
}

// MLPClassifier's _update_no_improvement_count.
TEST(EarlyStopping, CountsAsScikitLearnDoes) {
  const EarlyStopping rule{.patience = 2, .monitor = "val_loss", .min_delta = 0.1, .sklearn_counting = true};
  EXPECT_EQ(shown(rule, {5, 4, 4, 4, 4}).stopped, 5) << "an epoch after Keras";
  // 0.0625 a time is too little each time, and still moves the best.
  EXPECT_EQ(shown(rule, {1, 0.9375, 0.875, 0.8125}).stopped, 4);
  EXPECT_EQ(shown(EarlyStopping{.patience = 2, .min_delta = 0.1}, {1, 0.9375, 0.875, 0.8125}).stopped, 0)
      << "Keras measures from the best that counted";
  EarlyStopping exact = rule;
  exact.min_delta = 0.25;
  EXPECT_EQ(shown(exact, {1, 0.75, 0.5, 0.25}).stopped, 0) << "just as much is enough";
  const double nan = std::nan("");
  EXPECT_EQ(shown(rule, {5, nan, nan, nan}).stopped, 4);
  exact.baseline = 0.6;
  EXPECT_EQ(shown(exact, {5, 4, 3, 2}).stopped, 3) << "nothing beats the baseline";
}

TEST(EarlyStopping, ByNameHasTheDialectsDefaults) {
  // 11 epochs without an improvement of val_accuracy by 1e-4; the best one's weights come back.
  std::vector<double> scores{0.5, 0.75, 0.7};
  scores.resize(40, 0.75);
  const Outcome outcome = shown("early_stopping", scores, Semantics::sklearn);
  EXPECT_EQ(outcome.stopped, 13);
  EXPECT_EQ(outcome.restored, 2);
  EXPECT_EQ(shown("early_stopping", {1, 2}).stopped, 2) << "Keras's: val_loss, no patience";
}

// The rates of SGDOptimizer with learning_rate="adaptive", as the loops of MLPClassifier._fit_stochastic set them.
TEST(EarlyStopping, AdaptiveDividesTheRateAsScikitLearnDoes) {
  const EarlyStopping rule{
      .patience = 1, .monitor = "val_loss", .min_delta = 0.1, .sklearn_counting = true, .adaptive = true};
  // Two epochs in a row that are not better by min_delta, and again: 0.1 / 5^8 is the first that is 1e-6 or less.
  const Outcome flat = shown(rule, std::vector<double>(40, 1.0));
  EXPECT_EQ(flat.falls, (std::vector<std::int64_t>{3, 5, 7, 9, 11, 13, 15, 17}));
  EXPECT_EQ(flat.stopped, 19);
  EXPECT_NEAR(flat.rate, 0.1 / 390625, 1e-20);
  // An epoch that is better by enough counts anew, one below min_delta does not and still moves the best.
  EXPECT_EQ(shown(rule, {5, 5, 4, 4, 3, 3, 2}).falls, std::vector<std::int64_t>{});
  EXPECT_EQ(shown(rule, {1, 0.9375, 0.875, 0.75, 0.6875, 0.625}).falls, (std::vector<std::int64_t>{3, 6}));
  // Against the text of the source, on losses that fall unevenly.
  for (const std::int64_t patience : {0, 1, 2, 5}) {
    std::vector<double> losses;
    for (int i = 0; i < 200; ++i) losses.push_back(1 / (1.0 + 0.1 * i) + 0.05 * ((i * 37) % 11) / 11.0);
    const double tol = 0.004;
    double best = std::numeric_limits<double>::infinity(), rate = 0.1;
    std::int64_t count = 0, stopped = 0;
    std::vector<std::int64_t> falls;
    for (std::size_t i = 0; i < losses.size() && stopped == 0; ++i) {
      count = losses[i] > best - tol ? count + 1 : 0;
      best = std::min(best, losses[i]);
      if (count <= patience) continue;
      if (rate <= 1e-6) {
        stopped = static_cast<std::int64_t>(i) + 1;
      } else {
        rate /= 5;
        falls.push_back(static_cast<std::int64_t>(i) + 1);
        count = 0;
      }
    }
    const Outcome outcome = shown(
        EarlyStopping{
            .patience = patience, .monitor = "val_loss", .min_delta = tol, .sklearn_counting = true, .adaptive = true},
        losses);
    EXPECT_EQ(outcome.falls, falls) << patience;
    EXPECT_EQ(outcome.stopped, stopped) << patience;
    EXPECT_NEAR(outcome.rate, rate, 1e-15) << patience;
  }
}

TEST(JsonLog, IsAnObjectALineAndNullWhatIsNotFinite) {
  const MetricSet metrics({"accuracy"}, 1, 1);
  const TemporaryDirectory folder;
  const auto log = callback_row("json_log").make(JsonLog{.path = folder.file("log.jsonl")}, {metrics, true});
  std::vector<Epoch> history;
  double scale = 1;
  std::string stopped;
  const auto write = [&] {
    log->log({.history = history, .weights = {}, .rate_scale = scale, .stopped = stopped, .write_model = {}});
    return read_text(folder.file("log.jsonl"));
  };
  EXPECT_EQ(write(), "");
  Epoch epoch;
  epoch.number = 1;
  epoch.loss = 0.1;
  epoch.metrics = {{"accuracy", 1}};
  epoch.validated = true;
  epoch.validation = {std::nan(""), {{"accuracy", std::numeric_limits<double>::infinity()}}};
  epoch.learning_rate = 1e-7;
  history.push_back(epoch);
  const std::string first = write();
  EXPECT_EQ(first,
            "{\"epoch\":1,\"loss\":0.1,\"accuracy\":1.0,\"val_loss\":null,\"val_accuracy\":null,"
            "\"learning_rate\":1e-07}\n");
  epoch.number = 2;
  epoch.validation.loss = -std::numeric_limits<double>::infinity();
  history.push_back(epoch);
  EXPECT_TRUE(write().starts_with(first));
  EXPECT_NE(write().find("\n{\"epoch\":2,\"loss\":0.1,\"accuracy\":1.0,\"val_loss\":null"), std::string::npos);
}

TEST(ReduceOnPlateau, CountsAsKerasDoes) {
  const ReduceOnPlateau options{.factor = 0.5, .patience = 2, .cooldown = 1};
  const Outcome outcome = shown(options, {1, 1, 1, 1, 1, 1, 1});
  EXPECT_EQ(outcome.falls, (std::vector<std::int64_t>{3, 5, 7}));
  EXPECT_DOUBLE_EQ(outcome.rate, 0.0125);
  // min_delta is absolute: 1e-4 is not enough of an improvement, a little more is.
  EXPECT_EQ(shown(ReduceOnPlateau{.patience = 1}, {1, 0.99995}).falls, std::vector<std::int64_t>{2});
  EXPECT_EQ(shown(ReduceOnPlateau{.patience = 1}, {1, 0.9998}).falls, std::vector<std::int64_t>{});
}

TEST(ReduceOnPlateau, CountsAsPyTorchDoes) {
  const CallbackConfig options = [] {
    CallbackConfig config("reduce_on_plateau");
    config.options = {{"factor", 0.5}, {"patience", std::int64_t{2}}, {"cooldown", std::int64_t{1}}};
    return config;
  }();
  EXPECT_EQ(shown(options, {1, 1, 1, 1, 1, 1, 1, 1}, Semantics::torch).falls, (std::vector<std::int64_t>{4, 8}));
  // min_delta is relative: 0.01 off 1000 is nothing.
  CallbackConfig quick = options;
  quick.options["patience"] = std::int64_t{0};
  EXPECT_EQ(shown(quick, {1000, 999.99}, Semantics::torch).falls, std::vector<std::int64_t>{2});
  EXPECT_EQ(shown(quick, {1000, 999.8}, Semantics::torch).falls, std::vector<std::int64_t>{});
}

TEST(ReduceOnPlateau, StopsAtTheLowestRate) {
  const Outcome outcome = shown(ReduceOnPlateau{.patience = 1, .min_learning_rate = 0.004}, {1, 1, 1, 1, 1});
  EXPECT_EQ(outcome.falls, (std::vector<std::int64_t>{2, 3}));
  EXPECT_DOUBLE_EQ(outcome.rate, 0.004);
}

TEST(Callbacks, WhatTheyCannotWatchIsRefused) {
  const MetricSet metrics({"accuracy"}, 1, 1);
  const auto made = [&](const CallbackConfig& config, bool validates) {
    return [&, config, validates] {
      const CallbackConfig callback = resolved(config);
      return callback_row(callback.op).make(callback, {metrics, validates});
    };
  };
  expect_error(ErrorKind::usage,
               {"[early_stopping]", "unknown monitor 'val_los'", "loss, accuracy, val_loss, val_accuracy",
                "did you mean 'val_loss'?"},
               made(EarlyStopping{.monitor = "val_los"}, true));
  expect_error(ErrorKind::usage,
               {"the monitor is 'val_loss' and there are no validation rows", "FitOptions::validation",
                "monitor: loss, accuracy"},
               made(ReduceOnPlateau{}, false));
  expect_error(ErrorKind::usage, {"unknown mode 'least'"}, made(EarlyStopping{.mode = "least"}, true));
  expect_error(ErrorKind::usage, {"baseline is 'low', expected a finite number, or none"},
               made("early_stopping:baseline=low", true));
  expect_error(ErrorKind::usage, {"unknown min_delta_mode"}, made(ReduceOnPlateau{.min_delta_mode = "x"}, true));
  expect_error(ErrorKind::usage, {"[best_checkpoint]", "no path"}, made(BestCheckpoint{}, true));
  expect_error(ErrorKind::usage, {"[csv_log]", "no path"}, made(CsvLog{}, true));
  expect_error(ErrorKind::usage, {"[json_log]", "no path"}, made(JsonLog{}, true));
  expect_error(ErrorKind::usage,
               {"[early_stopping]", "adaptive is true and sklearn_counting false", "reduce_on_plateau"},
               made(EarlyStopping{.adaptive = true}, true));
  expect_error(ErrorKind::usage, {"unknown callback 'early_stop'"}, made("early_stop", true));
}

}  // namespace
}  // namespace millrace::test
