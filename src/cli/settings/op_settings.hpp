// SPDX-License-Identifier: Apache-2.0
//
// Operations as settings say them: a name, the options behind it ("sgd:0.1"), and the dotted ones beside it
// (--optimizer.momentum 0.9).
#pragma once

#include <string>
#include <vector>

#include "cli/settings/settings.hpp"
#include "millrace/graph.hpp"
#include "millrace/schedules.hpp"
#include "millrace/updates.hpp"

namespace millrace::cli {

/// "label-smoothing" to "label_smoothing": options may be written either way.
[[nodiscard]] std::string option_name(std::string_view written);

// All throw Error{usage} for unknown names, options and values, with the place in the configuration file.
/// Empty where neither loss nor an option of it is set.
[[nodiscard]] LossConfig loss_setting(const Settings& settings, Semantics semantics);
struct OptimizerSetting {
  OptimizerConfig rule;
  UpdateOptions update;  ///< what any optimizer takes beside its own: weight decay, clipping, averages
};
[[nodiscard]] OptimizerSetting optimizer_setting(const Settings& settings, Semantics semantics);
struct ScheduleSetting {
  ScheduleConfig schedule;  ///< empty: none
  PaceOptions pace;         ///< what any schedule takes beside its own: unit and warm-up
};
[[nodiscard]] ScheduleSetting schedule_setting(const Settings& settings, double learning_rate, Semantics semantics);
/// What acts on the run; a file that one of them writes is named where it was asked for, or not. stops: early stopping
/// acts unless it was switched off.
[[nodiscard]] std::vector<CallbackConfig> callback_settings(const Settings& settings, Semantics semantics, bool stops);
/// Layers and inputs; empty where no layers are set.
[[nodiscard]] Graph graph_settings(const Settings& settings, Semantics semantics);
[[nodiscard]] std::vector<MetricConfig> metric_settings(const Settings& settings);

}  // namespace millrace::cli
