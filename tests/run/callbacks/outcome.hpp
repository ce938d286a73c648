// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   EXPECT_EQ(outcome_of(EarlyStopping{.patience = 2}, {5, 4, 4, 4}).stopped, 4);
//
// The effect of a callback on a run with given values after each epoch.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "run/callbacks/callback.hpp"

namespace millrace::test {

struct Outcome {
  std::int64_t stopped = 0;         ///< the epoch after which the run stopped; 0: it did not
  std::vector<std::int64_t> falls;  ///< the epochs after which the learning rate fell
  double rate = 0;                  ///< the last learning rate; the first is 0.1
  std::int64_t restored = 0;        ///< the epoch whose weights are restored; 0: the last
};

/// Calls the callback after epochs with these values of val_loss, accuracy and val_accuracy.
inline Outcome outcome_of(const CallbackConfig& config, const std::vector<double>& values,
                          Semantics semantics = Semantics::keras) {
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
    CallbackContext context{.folder = {},
                            .history = history,
                            .weights = [&] { return weights; },
                            .scheduled_rate = 0.1,
                            .rate_scale = scale,
                            .stopped = stopped,
                            .write_model = {}};
    const double before = scale;
    callback->epoch_end(epoch, context);
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

}  // namespace millrace::test
