// SPDX-License-Identifier: Apache-2.0
#include "run/callbacks/callback.hpp"

#include <gtest/gtest.h>

#include "run/callbacks/callback_list.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

TEST(Callbacks, AreFoundByTheirUniqueNames) {
  EXPECT_EQ(row_of_callback("early_stopping").name, "early_stopping");
  EXPECT_EQ(row_of_callback("early_stopping_12").name, "early_stopping");
  for (const char* const name : {"early_stopping2", "early_stoppingx2", "early_stopping_", "_2", "12", ""})
    EXPECT_THROW(static_cast<void>(row_of_callback(name)), Error) << name;
}

TEST(Callbacks, RefuseMonitorsAndOptionsThatTheyCannotUse) {
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
  expect_error(ErrorKind::usage, {"[tensorboard]", "no path"}, made(TensorBoard{}, true));
  expect_error(ErrorKind::usage,
               {"[early_stopping]", "adaptive is true and sklearn_counting false", "reduce_on_plateau"},
               made(EarlyStopping{.adaptive = true}, true));
  expect_error(ErrorKind::usage, {"unknown callback 'early_stop'"}, made("early_stop", true));
}

TEST(Callbacks, HaveUniqueNames) {
  const std::vector<CallbackConfig> configs{EarlyStopping{}, CsvLog{}, EarlyStopping{}, EarlyStopping{}};
  EXPECT_EQ(callback_names(configs),
            (std::vector<std::string>{"early_stopping", "csv_log", "early_stopping_2", "early_stopping_3"}));
}

}  // namespace
}  // namespace millrace::test
