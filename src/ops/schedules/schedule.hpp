// SPDX-License-Identifier: Apache-2.0
//
// A schedule: the learning rate, and for some the momentum, as a function of a count of steps or epochs.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/schedules.hpp"
#include "ops/op_text.hpp"

namespace millrace {

/// What a schedule depends on besides its options.
struct ScheduleRun {
  double learning_rate = 0;                ///< of the optimizer
  std::int64_t length = 1;                 ///< number of counts from 0 to the end of the run
  Semantics semantics = Semantics::keras;  ///< for defaults
};

class Schedule {
 public:
  virtual ~Schedule() = default;
  /// count >= 0.
  [[nodiscard]] virtual double learning_rate(std::int64_t count) const = 0;
  /// Replaces the optimizer's momentum or beta_1; nothing: they stay. Either for every count or for none.
  [[nodiscard]] virtual std::optional<double> momentum(std::int64_t /*count*/) const { return std::nullopt; }
};

struct ScheduleRow {
  std::string_view name;
  std::vector<std::string_view> aliases;
  std::string_view summary;
  std::string_view length_option;  ///< the option that is the length of the run by default; empty: no option
  std::vector<OptionInfo> (*options)(Semantics);
  /// Throws for a wrong value of an option; options that do not fit together are found by make.
  void (*check)(const OpConfig& config);
  std::shared_ptr<const Schedule> (*make)(const OpConfig& config, const ScheduleRun& run);
};

[[nodiscard]] std::span<const ScheduleRow> schedule_table();
[[nodiscard]] const ScheduleRow& schedule_row(std::string_view name);
/// "cosine_decay:1000", "one_cycle".
[[nodiscard]] ScheduleConfig parse_schedule(const std::string& text);
[[nodiscard]] ScheduleConfig resolved(const ScheduleConfig& given);
/// The schedule with the warm-up of `pace`; without a name the optimizer's rate. Throws Error{usage}.
[[nodiscard]] std::shared_ptr<const Schedule> make_schedule(const ScheduleConfig& config, const PaceOptions& pace,
                                                            const ScheduleRun& run);
/// Whether the rates depend on the length of the run.
[[nodiscard]] bool depends_on_length(const ScheduleConfig& config);

/// `given`, or the length of the run.
[[nodiscard]] double length_or_run(std::optional<std::int64_t> given, const ScheduleRun& run);

/// The row of a schedule made from its options: Implementation(options, run).
template <OptionStruct Options, class Implementation>
[[nodiscard]] ScheduleRow schedule_row_of(std::string_view summary, std::vector<std::string_view> aliases,
                                          std::string_view length_option = {}) {
  return {.name = Options::op,
          .aliases = std::move(aliases),
          .summary = summary,
          .length_option = length_option,
          .options = &describe_options<Options>,
          .check = [](const OpConfig& config) { static_cast<void>(options_from<Options>(config)); },
          .make = [](const OpConfig& config, const ScheduleRun& run) -> std::shared_ptr<const Schedule> {
            return std::make_shared<Implementation>(options_from<Options>(config, run.semantics), run);
          }};
}

}  // namespace millrace
