// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/text.hpp"
#include "step/callbacks/callback.hpp"

namespace millrace {

namespace {

class EarlyStoppingCallback final : public Callback {
 public:
  EarlyStoppingCallback(const EarlyStopping& options, const RunKind& kind)
      : options_(options),
        monitor_(EarlyStopping::op, options.monitor, options.mode, kind),
        baseline_(options.baseline.empty() ? std::nullopt : parse_number(options.baseline)) {
    if (!options.baseline.empty() && (!baseline_ || !std::isfinite(*baseline_)))
      fail(ErrorKind::usage, EarlyStopping::op, "baseline is '" + options.baseline + "', expected a number or nothing");
  }

  // Keras's rule, with epochs counted from 1.
  void epoch_end(const Epoch& epoch, RunView& run) override {
    if (epoch.number <= options_.start_from_epoch) return;
    const double current = monitor_.value(epoch);
    const bool known = number("epoch") > 0;
    if (options_.restore_best_weights && state_.weights.empty()) remember(epoch, run);
    number("wait") += 1;
    if (std::isfinite(current) && (!known || monitor_.better(current, number("best"), options_.min_delta))) {
      number("best") = current;
      number("epoch") = static_cast<double>(epoch.number);
      if (options_.restore_best_weights) remember(epoch, run);
      // Only what beats the baseline too gives new patience.
      if (!baseline_ || monitor_.better(current, *baseline_, options_.min_delta)) number("wait") = 0;
      return;
    }
    if (number("wait") >= static_cast<double>(options_.patience) && epoch.number > 1) run.stopped = reason(epoch);
  }
  std::int64_t restores_epoch() const override {
    const auto kept = state_.numbers.find("kept");
    return kept == state_.numbers.end() ? 0 : static_cast<std::int64_t>(kept->second);
  }

 private:
  void remember(const Epoch& epoch, const RunView& run) {
    const std::span<const float> weights = run.weights();
    state_.weights.assign(weights.begin(), weights.end());
    number("kept") = static_cast<double>(epoch.number);
  }
  std::string reason(const Epoch& epoch) {
    std::string text = "after epoch " + std::to_string(epoch.number) + ": " + monitor_.name();
    if (number("epoch") > 0) {
      text += " did not improve on " + number_text(number("best")) + " of epoch " +
              std::to_string(static_cast<std::int64_t>(number("epoch")));
    } else {
      text += " is not a number";
    }
    return text;
  }

  EarlyStopping options_;
  Monitor monitor_;
  std::optional<double> baseline_;
};

}  // namespace

CallbackRow early_stopping_row() {
  return callback_row_of<EarlyStopping, EarlyStoppingCallback>("early-stopping", "ends a run that gets no better",
                                                               true);
}

}  // namespace millrace
