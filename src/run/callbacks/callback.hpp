// SPDX-License-Identifier: Apache-2.0
//
// The interface and the table of callbacks. A callback is called after every epoch and may change the run; checkpoints
// save its state.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/fail.hpp"
#include "base/working_folder.hpp"
#include "millrace/callbacks.hpp"
#include "millrace/catalogue.hpp"
#include "millrace/training.hpp"
#include "ops/metrics/metric_set.hpp"
#include "run/epoch_values.hpp"
#include "run/layer_record.hpp"

namespace millrace {

/// The state of a callback, as a checkpoint saves it. Only finite numbers.
struct CallbackState {
  std::map<std::string, double> numbers;
  std::vector<float> weights;  ///< of all parameters, one after the other, each row-major; empty: none
};

/// The part of a run that callbacks may read and change.
struct CallbackContext {
  const WorkingFolder& folder;                  ///< in which the run began: relative paths belong to it
  const std::vector<Epoch>& history;            ///< the finished epochs
  std::function<std::vector<float>()> weights;  ///< the current weights of all parameters, one after the other
  /// The weights after `epochs` epochs; empty if the run has dropped them.
  std::function<std::vector<float>(std::int64_t epochs)> weights_after;
  double scheduled_rate = 0;  ///< learning rate of the last step as the schedule gave it, before rate_scale
  double& rate_scale;         ///< factor of the learning rate; a callback may change it
  std::string& stopped;       ///< a callback that ends the run sets the reason; empty: the run continues
  /// Of the epoch whose last step was done; empty: it was not recorded, or epoch_end() has had it.
  std::span<const LayerRecord> layers;
  /// The epochs whose steps are done. One more than the history has: the values of the last are still measured.
  std::int64_t trained_epochs = 0;
  std::int64_t epoch_steps = 0;  ///< steps of the run up to the end of the epoch that follows the history
  bool writes_files = true;      ///< false: another rank of the cluster does
  /// Writes the model with `weights`, those after `epochs` epochs, to a file.
  std::function<void(const std::string& path, std::span<const float> weights, std::int64_t epochs)> write_model;
};

/// The values that a run measures after each epoch; a callback can monitor each of them.
struct MeasuredValues {
  const MetricSet& metrics;
  bool validates = false, evaluates_training = false;
  Semantics semantics = Semantics::keras;
};

class Callback {
 public:
  virtual ~Callback() = default;
  /// Called after every epoch. Throws Error{usage}.
  virtual void epoch_end(const Epoch& /*epoch*/, CallbackContext& /*run*/) {}
  /// Called before the checkpoint is written and when the run ends: writes the files that the state refers to.
  virtual void keep(CallbackContext& /*run*/) {}
  /// Called after the checkpoint was written: writes logs, which no state refers to.
  virtual void log(const CallbackContext& /*run*/) {}
  /// Whether the callback reads CallbackContext::layers, which cost time to record.
  [[nodiscard]] virtual bool reads_layers() const { return false; }
  /// The epoch whose weights, state().weights, the model gets when the run ends; 0: the model keeps the last ones.
  [[nodiscard]] virtual std::int64_t restores_epoch() const { return 0; }

  [[nodiscard]] CallbackState& state() { return state_; }
  [[nodiscard]] const CallbackState& state() const { return state_; }

 protected:
  /// A number of the state; 0 if it was never set.
  double& number(const std::string& name) { return state_.numbers[name]; }
  CallbackState state_;
};

struct CallbackRow {
  std::string_view name;
  std::string_view flag;  ///< on the command line, without --; empty: no flag
  std::string_view file;  ///< default name of the file that it writes, in --out; empty: it writes none
  std::string_view summary;
  bool has_state;  ///< true: it changes the run, so that --resume requires the same callback with the same options
  std::vector<OptionInfo> (*options)(Semantics);
  void (*check)(const OpConfig& config);  ///< throws Error{usage} for an option out of its range
  std::unique_ptr<Callback> (*make)(const OpConfig& config, const MeasuredValues& measured);
};

[[nodiscard]] std::span<const CallbackRow> callback_table();
[[nodiscard]] const CallbackRow& callback_row(std::string_view name);
[[nodiscard]] CallbackConfig parse_callback(const std::string& text);
[[nodiscard]] CallbackConfig resolved(const CallbackConfig& given);

/// A value that a callback monitors, by its column in history.csv.
class Monitor {
 public:
  /// mode: "min", "max" or "auto" (the metric's direction). Throws Error{usage}, with the known names, for an unknown
  /// one.
  Monitor(std::string_view who, const std::string& name, const std::string& mode, const MeasuredValues& measured);
  [[nodiscard]] double value(const Epoch& epoch) const;
  /// Whether `value` is better than `reference` by more than `delta`; false for NaN.
  [[nodiscard]] bool better(double value, double reference, double delta) const;
  [[nodiscard]] bool maximizes() const { return maximizes_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  bool maximizes_ = false;
};

/// The names of Epoch::values() in each epoch.
[[nodiscard]] std::vector<std::string> columns_of(const MeasuredValues& measured);

template <OptionStruct Options, class Implementation>
[[nodiscard]] CallbackRow callback_row_of(std::string_view flag, std::string_view summary, bool has_state,
                                          std::string_view file = "") {
  return {.name = Options::op,
          .flag = flag,
          .file = file,
          .summary = summary,
          .has_state = has_state,
          .options = &describe_options<Options>,
          .check = [](const OpConfig& config) { static_cast<void>(options_from<Options>(config)); },
          .make = [](const OpConfig& config, const MeasuredValues& measured) -> std::unique_ptr<Callback> {
            const auto options = options_from<Options>(config, measured.semantics);
            if constexpr (requires { options.path; }) {
              if (options.path.empty()) fail(ErrorKind::usage, Options::op, "no path, expected the name to write to");
            }
            return std::make_unique<Implementation>(options, measured);
          }};
}

}  // namespace millrace
