// SPDX-License-Identifier: Apache-2.0
//
// What a callback is: something that looks at every epoch's end and may act on the run, with a state that is saved.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "millrace/callbacks.hpp"
#include "millrace/training.hpp"
#include "ops/metrics/metric_set.hpp"

namespace millrace {

/// What a callback remembers. Finite numbers only.
struct CallbackState {
  std::map<std::string, double> numbers;
  std::vector<float> weights;  ///< as the network has them; empty: none
};

/// The run as callbacks see it.
struct RunView {
  const std::vector<Epoch>& history;            ///< of the epochs that have ended
  std::function<std::vector<float>()> weights;  ///< the current weights of all parameters, one after the other
  /// The weights after `epochs` epochs; empty if the run no longer has them.
  std::function<std::vector<float>(std::int64_t epochs)> weights_after;
  double scheduled_rate = 0;  ///< what the schedule had for the last step
  double& rate_scale;         ///< what it is multiplied with, to be changed
  std::string& stopped;       ///< why the run shall end; empty: it goes on
  /// Writes the model with these weights, which it had after `epochs` epochs.
  std::function<void(const std::string& path, std::span<const float> weights, std::int64_t epochs)> write_model;
};

/// What there is to monitor in a run.
struct RunKind {
  const MetricSet& metrics;
  bool validates = false, evaluates_training = false;
  Semantics semantics = Semantics::keras;
};

class Callback {
 public:
  virtual ~Callback() = default;
  /// Throws Error{usage}.
  virtual void epoch_end(const Epoch& epoch, RunView& run) = 0;
  /// Brings to the disk what the state assumes to be there: the checkpoint is written next, or the run is over.
  virtual void keep(RunView& /*run*/) {}
  /// The checkpoint was written: time for what says more about the run, and that nothing depends on.
  virtual void log(const RunView& /*run*/) {}
  /// The epoch whose weights the finished run shall have, which are state().weights; 0: the last.
  [[nodiscard]] virtual std::int64_t restores_epoch() const { return 0; }

  [[nodiscard]] CallbackState& state() { return state_; }
  [[nodiscard]] const CallbackState& state() const { return state_; }

 protected:
  /// A number of the state, 0 before it was set.
  double& number(const std::string& name) { return state_.numbers[name]; }
  CallbackState state_;
};

struct CallbackRow {
  std::string_view name;
  std::string_view flag;  ///< of the command line; empty: none
  std::string_view file;  ///< the program's own name for what it writes at `path`; empty: it writes nothing
  std::string_view summary;
  bool has_state;  ///< whether another one would make the run another
  std::vector<OptionInfo> (*options)(Semantics);
  void (*check)(const OpConfig& config);  ///< each option by itself
  std::unique_ptr<Callback> (*make)(const OpConfig& config, const RunKind& kind);
};

[[nodiscard]] std::span<const CallbackRow> callback_table();
[[nodiscard]] const CallbackRow& callback_row(std::string_view name);
[[nodiscard]] CallbackConfig parse_callback(const std::string& text);
[[nodiscard]] CallbackConfig resolved(const CallbackConfig& given);
/// A name for each callback of a run: early_stopping, early_stopping_2.
[[nodiscard]] std::vector<std::string> callback_names(std::span<const CallbackConfig> callbacks);

/// A value to watch, by its name in history.csv.
class Monitor {
 public:
  /// Throws Error{usage} listing what there is.
  Monitor(std::string_view who, const std::string& name, const std::string& mode, const RunKind& kind);
  [[nodiscard]] double value(const Epoch& epoch) const;
  /// Whether `value` is better than `reference` by more than `delta`. NaN never is.
  [[nodiscard]] bool better(double value, double reference, double delta) const;
  [[nodiscard]] bool maximizes() const { return maximizes_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  bool maximizes_ = false;
};

/// The columns of history.csv between epoch and learning_rate.
[[nodiscard]] std::vector<std::string> columns_of(const RunKind& kind);
/// Their values.
[[nodiscard]] std::vector<NamedValue> values_of(const Epoch& epoch);

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
          .make = [](const OpConfig& config, const RunKind& kind) -> std::unique_ptr<Callback> {
            return std::make_unique<Implementation>(options_from<Options>(config, kind.semantics), kind);
          }};
}

}  // namespace millrace
