// SPDX-License-Identifier: Apache-2.0
#include "ops/schedules/schedule.hpp"

#include "ops/families.hpp"

namespace millrace {

// The rows stand at the end of the file of their family.
std::vector<ScheduleRow> piecewise_schedules();
std::vector<ScheduleRow> decay_schedules();
std::vector<ScheduleRow> cosine_schedules();

std::span<const ScheduleRow> schedule_table() {
  static const std::vector<ScheduleRow> table =
      rows_of_families<ScheduleRow>({piecewise_schedules, decay_schedules, cosine_schedules});
  return table;
}

const ScheduleRow& schedule_row(std::string_view name) { return find_row(schedule_table(), "schedule", name); }

ScheduleConfig parse_schedule(const std::string& text) { return ScheduleConfig(parse_named(text, &schedule_row)); }

ScheduleConfig resolved(const ScheduleConfig& given) { return resolved(given, &parse_schedule); }

}  // namespace millrace
