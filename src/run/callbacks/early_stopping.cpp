// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/text.hpp"
#include "run/callbacks/callback.hpp"

namespace millrace {

namespace {

constexpr double least_rate = 1e-6;  // that scikit-learn's adaptive still divides

// What scikit-learn looks at: the score of validation rows, or the loss of the training rows.
std::string automatic_monitor(const RunKind& kind) {
  if (!kind.validates) return "loss";
  for (const std::string& name : kind.metrics.names()) {
    if (kind.metrics.find(name)->larger_is_better()) return "val_" + name;
  }
  return "val_loss";
}

class EarlyStoppingCallback final : public Callback {
 public:
  EarlyStoppingCallback(const EarlyStopping& options, const RunKind& kind)
      : options_(options),
        automatic_(options.monitor == "auto"),
        monitor_(EarlyStopping::op, automatic_ ? automatic_monitor(kind) : options.monitor, options.mode, kind) {
    if (options.adaptive && !options.sklearn_counting)
      fail(ErrorKind::usage, EarlyStopping::op,
           "adaptive is true and sklearn_counting false, expected both: it is a rule of scikit-learn's; its relative "
           "with "
           "Keras's and PyTorch's counting is reduce_on_plateau");
    if (automatic_ && !kind.validates) options_.restore_best_weights = false;
  }

  void epoch_end(const Epoch& epoch, RunView& run) override {
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
  // With epochs counted from 1.
  void count_as_keras(const Epoch& epoch, RunView& run) {
    const double current = monitor_.value(epoch);
    number("wait") += 1;
    if (improves(current, options_.min_delta)) {
      take(epoch, current, run);
      if (beats_baseline(current)) number("wait") = 0;
      return;
    }
    if (number("wait") >= static_cast<double>(options_.patience) && epoch.number > 1) run.stopped = reason(epoch);
  }
  void count_as_sklearn(const Epoch& epoch, RunView& run) {
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
  // Only what beats the baseline too gives new patience.
  [[nodiscard]] bool beats_baseline(double current) const {
    return !options_.baseline || monitor_.better(current, *options_.baseline, options_.min_delta);
  }
  void take(const Epoch& epoch, double current, RunView& run) {
    number("best") = current;
    number("epoch") = static_cast<double>(epoch.number);
    if (options_.restore_best_weights) remember(epoch, run);
  }
  void remember(const Epoch& epoch, const RunView& run) {
    state_.weights = run.weights();
    number("kept") = static_cast<double>(epoch.number);
  }
  std::string reason(const Epoch& epoch) {
    const std::string text = "after epoch " + std::to_string(epoch.number) + ": " + monitor_.name();
    if (number("epoch") == 0) return text + " is not a number";
    // The best may have moved since, each time by too little.
    if (options_.sklearn_counting) {
      return text + " did not improve by " + number_text(options_.min_delta) + " in an epoch since number " +
             std::to_string(epoch.number - static_cast<std::int64_t>(number("wait"))) +
             (options_.adaptive ? ", at a learning rate of at most " + number_text(least_rate) : "");
    }
    return text + " did not improve on " + number_text(number("best")) + " of epoch " +
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
