// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   for (const Operation& layer : operations(OperationKind::layer))
//     std::cout << layer.name << ": " << layer.summary << "\n";
//   OptimizerConfig sgd(read_operation(OperationKind::optimizer, "sgd:momentum=0.9"));
//
// The catalogue of operations, for programs that let users choose them: command lines, forms, documentation. Operations
// are written NAME, NAME:VALUE or NAME:OPTION=VALUE, with as many parts as needed.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/config.hpp"
#include "millrace/schedules.hpp"

namespace millrace {

/// An option as its operation declares it.
struct OperationOption {
  std::string_view name;
  OptionValue fallback;   ///< the default
  std::string_view help;  ///< one line
  Range range = Range::any;
  std::string_view type;  ///< "number", "whole number or none"
};

struct Operation {
  std::string_view name;
  std::vector<std::string_view> aliases;  ///< other names
  std::string_view summary;               ///< one line
  std::vector<OperationOption> options;   ///< values without a name are given to the options in this order
  std::string_view flag{};                ///< of a callback: the name of its flag in the program; empty: it has none
  std::string_view file{};  ///< of a callback: the usual name of the file that it writes; empty: it writes none
};

/// All operations of a kind, with the defaults of `semantics`.
[[nodiscard]] std::vector<Operation> operations(OperationKind kind, Semantics semantics = Semantics::keras);
/// The operation with this name or alias. Throws Error{usage} for another name; the text offers the nearest one.
[[nodiscard]] Operation operation(OperationKind kind, std::string_view name, Semantics semantics = Semantics::keras);
/// The options that every optimizer (UpdateOptions) or every schedule (PaceOptions) has besides its own.
[[nodiscard]] std::vector<OperationOption> shared_options(OperationKind kind, Semantics semantics = Semantics::keras);

/// Reads "sgd:momentum=0.9" or "25:relu". An alias becomes the name; values stay text. Throws Error{usage} for an unknown
/// operation, too many values, or an option that is given twice.
[[nodiscard]] OpConfig read_operation(OperationKind kind, std::string_view text);
/// Throws Error{usage} for an unknown operation or option and for a wrong value.
void check_operation(OperationKind kind, const OpConfig& given, Semantics semantics = Semantics::keras);
/// The operation under its own name with all options, each of its type. Configurations that mean the same become equal.
/// Throws Error{usage} for an unknown operation or option, and for a value of another type or out of range.
[[nodiscard]] OpConfig complete_operation(OperationKind kind, const OpConfig& given,
                                          Semantics semantics = Semantics::keras);
/// The shortest text that read_operation() reads as `given`: options equal to their defaults are left out.
[[nodiscard]] std::string shortest_text(OperationKind kind, const OpConfig& given,
                                        Semantics semantics = Semantics::keras);
/// "clipnorm=1:use_ema=true": the shared options of `given`, an UpdateOptions or PaceOptions, without those that have
/// their defaults.
[[nodiscard]] std::string shared_options_text(OperationKind kind, const OpConfig& given);
/// "name:option=value:..." with every option of `given`; the operation may be unknown.
[[nodiscard]] std::string full_text(const OpConfig& given);
/// The value of an option as text: 0.1, true, none, 3x5, 0.1,0.01.
[[nodiscard]] std::string option_text(const OptionValue& value);

/// Throws Error{usage} if the options of the schedule do not fit together or to the optimizer.
void check_schedule(const ScheduleConfig& schedule, const PaceOptions& pace, const OptimizerConfig& optimizer,
                    Semantics semantics = Semantics::keras);
/// The names of metrics in results: the text that the user gave, or the shortest one with the same meaning.
[[nodiscard]] std::vector<std::string> metric_names(std::span<const MetricConfig> metrics);
/// A unique name for each callback of a run, in their order: early_stopping, early_stopping_2.
[[nodiscard]] std::vector<std::string> callback_names(std::span<const CallbackConfig> callbacks);
/// Whether a larger value of the metric is better. Throws Error{usage} for an unknown metric or option.
[[nodiscard]] bool larger_is_better(const MetricConfig& metric);
/// Whether each step of the optimizer needs all rows of the data (L-BFGS). Throws Error{usage} for an unknown optimizer
/// or option.
[[nodiscard]] bool needs_all_rows(const OptimizerConfig& optimizer);

}  // namespace millrace
