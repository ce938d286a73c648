// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "run/callbacks/callback.hpp"

namespace millrace {

namespace {

class ReduceOnPlateauCallback final : public Callback {
 public:
  ReduceOnPlateauCallback(const ReduceOnPlateau& options, const MeasuredValues& measured)
      : options_(options), monitor_(ReduceOnPlateau::op, options.monitor, options.mode, measured) {
    if (options.min_delta_mode != "absolute" && options.min_delta_mode != "relative") {
      fail(ErrorKind::usage, ReduceOnPlateau::op,
           unknown_name("min_delta_mode", options.min_delta_mode, {"absolute", "relative"}));
    }
  }

  void epoch_end(const Epoch& epoch, CallbackContext& run) override {
    const double current = monitor_.value(epoch);
    const bool better = std::isfinite(current) && (number("known") == 0 || improves(current));
    if (better) {
      number("known") = 1;
      number("best") = current;
    }
    if (options_.torch_counting)
      count_as_torch(better, run);
    else
      count_as_keras(better, run);
  }

 private:
  [[nodiscard]] bool improves(double current) {
    const double best = number("best");
    if (options_.min_delta_mode == "absolute") return monitor_.better(current, best, options_.min_delta);
    return monitor_.maximizes() ? current > best * (1 + options_.min_delta) : current < best * (1 - options_.min_delta);
  }
  // The last epoch of the cooldown counts already, and the rate falls after `patience` bad epochs.
  void count_as_keras(bool better, CallbackContext& run) {
    if (number("cooldown") > 0) {
      number("cooldown") -= 1;
      number("wait") = 0;
    }
    if (better) {
      number("wait") = 0;
    } else if (number("cooldown") == 0) {
      number("wait") += 1;
      if (number("wait") >= static_cast<double>(options_.patience)) reduce(run);
    }
  }
  // Epochs of the cooldown do not count, and the rate falls after `patience` + 1 bad epochs.
  void count_as_torch(bool better, CallbackContext& run) {
    number("wait") = better ? 0 : number("wait") + 1;
    if (number("cooldown") > 0) {
      number("cooldown") -= 1;
      number("wait") = 0;
    }
    if (number("wait") > static_cast<double>(options_.patience)) {
      reduce(run);
      number("cooldown") = static_cast<double>(options_.cooldown);
      number("wait") = 0;
    }
  }
  void reduce(CallbackContext& run) {
    const double rate = run.scheduled_rate * run.rate_scale;
    if (rate <= options_.min_learning_rate) return;
    const double scale = std::max(run.rate_scale * options_.factor, options_.min_learning_rate / run.scheduled_rate);
    if (rate - run.scheduled_rate * scale > options_.epsilon) run.rate_scale = scale;
    number("cooldown") = static_cast<double>(options_.cooldown);
    number("wait") = 0;
  }

  ReduceOnPlateau options_;
  Monitor monitor_;
};

}  // namespace

CallbackRow reduce_on_plateau_row() {
  return callback_row_of<ReduceOnPlateau, ReduceOnPlateauCallback>(
      "plateau", "lowers the learning rate when a value stops improving: by default the validation loss", true);
}

}  // namespace millrace
