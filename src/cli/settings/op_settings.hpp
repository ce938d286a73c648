// SPDX-License-Identifier: Apache-2.0
//
// Reads operations from settings: a name with options ("sgd:0.1"), and further options (--optimizer.momentum 0.9).
#pragma once

#include <string>
#include <vector>

#include "cli/settings/settings.hpp"
#include "millrace/graph.hpp"
#include "millrace/schedules.hpp"
#include "millrace/updates.hpp"

namespace millrace::cli {

/// "label-smoothing" becomes "label_smoothing": users may write options either way.
[[nodiscard]] std::string option_name(std::string_view written);

// All throw Error{usage} for unknown names, options and values, with the place in the configuration file.
/// Empty if no loss is set.
[[nodiscard]] LossConfig loss_setting(const Settings& settings, Semantics semantics);
struct OptimizerSetting {
  OptimizerConfig rule;
  UpdateOptions update;  ///< options of every optimizer: weight decay, clipping, averages
};
[[nodiscard]] OptimizerSetting optimizer_setting(const Settings& settings, Semantics semantics);
struct ScheduleSetting {
  ScheduleConfig schedule;  ///< empty: none
  PaceOptions pace;         ///< options of every schedule: unit and warm-up
};
[[nodiscard]] ScheduleSetting schedule_setting(const Settings& settings, const OptimizerConfig& optimizer,
                                               Semantics semantics);
/// The callbacks of the run. A callback that writes a file has an empty path unless the user gives one. stops: add early
/// stopping unless it is switched off.
[[nodiscard]] std::vector<CallbackConfig> callback_settings(const Settings& settings, Semantics semantics, bool stops);
/// Layers and inputs; empty if no layers are set.
[[nodiscard]] Graph graph_settings(const Settings& settings, Semantics semantics);
[[nodiscard]] std::vector<MetricConfig> metric_settings(const Settings& settings);

}  // namespace millrace::cli
