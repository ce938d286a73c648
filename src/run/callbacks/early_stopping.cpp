// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "run/callbacks/callback.hpp"

namespace millrace {

namespace {

constexpr double least_rate = 1e-6;  // scikit-learn's "adaptive" divides no rate that is this low

// scikit-learn monitors the score of the validation rows, or without them the training loss.
std::string automatic_monitor(const MeasuredValues& measured) {
  if (!measured.validates) return "loss";
  for (const std::string& name : measured.metrics.names()) {
    if (measured.metrics.find(name)->larger_is_better()) return "val_" + name;
  }
  return "val_loss";
}

class EarlyStoppingCallback final : public Callback {
 public:
  EarlyStoppingCallback(const EarlyStopping& options, const MeasuredValues& measured)
      : options_(options),
        automatic_(options.monitor == "auto"),
        monitor_(EarlyStopping::op, automatic_ ? automatic_monitor(measured) : options.monitor, options.mode,
                 measured) {
    if (options.adaptive && !options.sklearn_counting)
      fail(ErrorKind::usage, EarlyStopping::op,
           "adaptive is true and sklearn_counting false, expected both, because adaptive is a rule of scikit-learn; "
           "the similar rule of Keras and PyTorch is reduce_on_plateau");
    if (automatic_ && !measured.validates) options_.restore_best_weights = false;
  }

  void epoch_end(const Epoch& epoch, CallbackContext& run) override {
    if (epoch.number <= options_.start_from_epoch) return;
    if (options_.restore_best_weights && state_.weights.empty()) remember(epoch, run);
    if (options_.sklearn_counting)
      count_as_sklearn(epoch, run);
    else
      count_as_keras(epoch, run);
  }
  std::int64_t restores_epoch() const override {
    const auto kept = state_.numbers.find("kept");
    return kept == state_.numbers.end() ? 0 : static_cast<std::int64_t>(kept->second);
  }

 private:
  void count_as_keras(const Epoch& epoch, CallbackContext& run) {
    const double current = monitor_.value(epoch);
    number("wait") += 1;
    if (improves(current, options_.min_delta)) {
      take(epoch, current, run);
      if (beats_baseline(current)) number("wait") = 0;
      return;
    }
    if (number("wait") >= static_cast<double>(options_.patience) && epoch.number > 1) run.stopped = reason(epoch);
  }
  void count_as_sklearn(const Epoch& epoch, CallbackContext& run) {
    const double current = monitor_.value(epoch);
    const bool too_little = !std::isfinite(current) ||
                            (number("epoch") > 0 && monitor_.better(number("best"), current, -options_.min_delta));
    number("wait") = too_little || !beats_baseline(current) ? number("wait") + 1 : 0;
    if (improves(current, 0)) take(epoch, current, run);
    if (number("wait") <= static_cast<double>(options_.patience)) return;
    const double rate = run.scheduled_rate * run.rate_scale;
    if (!options_.adaptive || rate <= least_rate) {
      run.stopped = reason(epoch);
      return;
    }
    run.rate_scale /= 5;
    number("wait") = 0;
  }
  bool improves(double current, double by) {
    return std::isfinite(current) && (number("epoch") == 0 || monitor_.better(current, number("best"), by));
  }
  // As in Keras, an epoch resets the patience only if it also beats the baseline.
  [[nodiscard]] bool beats_baseline(double current) const {
    return !options_.baseline || monitor_.better(current, *options_.baseline, options_.min_delta);
  }
  void take(const Epoch& epoch, double current, CallbackContext& run) {
    number("best") = current;
    number("epoch") = static_cast<double>(epoch.number);
    if (options_.restore_best_weights) remember(epoch, run);
  }
  void remember(const Epoch& epoch, const CallbackContext& run) {
    state_.weights = run.weights();
    number("kept") = static_cast<double>(epoch.number);
  }
  std::string reason(const Epoch& epoch) {
    const std::string text = "after epoch " + std::to_string(epoch.number) + ": " + monitor_.name();
    if (number("epoch") == 0) return text + " is not a number";
    // The best value may have improved since, each time by less than min_delta.
    if (options_.sklearn_counting) {
      return text + " did not improve by " + number_text(options_.min_delta) + " in any epoch since epoch " +
             std::to_string(epoch.number - static_cast<std::int64_t>(number("wait"))) +
             (options_.adaptive ? ", at a learning rate of at most " + number_text(least_rate) : "");
    }
    return text + " did not improve on " + formatted("%.6g", number("best")) + " of epoch " +
           std::to_string(static_cast<std::int64_t>(number("epoch")));
  }

  EarlyStopping options_;
  bool automatic_;
  Monitor monitor_;
};

}  // namespace

CallbackRow early_stopping_row() {
  return callback_row_of<EarlyStopping, EarlyStoppingCallback>(
      "early-stopping",
      "ends the run when a value stops improving: by default the "
      "validation loss. On by default with sklearn semantics, where the flag also means --validation 0.1",
      true);
}

}  // namespace millrace
