// SPDX-License-Identifier: Apache-2.0
#include "ops/schedules/schedule.hpp"

namespace millrace {

// One row for each schedule, defined in the file of its family.
ScheduleRow constant_schedule_row();
ScheduleRow piecewise_constant_decay_row();
ScheduleRow step_decay_row();
ScheduleRow exponential_decay_row();
ScheduleRow inverse_time_decay_row();
ScheduleRow polynomial_decay_row();
ScheduleRow cosine_decay_row();
ScheduleRow cosine_decay_restarts_row();
ScheduleRow one_cycle_row();

std::span<const ScheduleRow> schedule_table() {
  static const std::vector<ScheduleRow> table{constant_schedule_row(),
                                              step_decay_row(),
                                              exponential_decay_row(),
                                              inverse_time_decay_row(),
                                              piecewise_constant_decay_row(),
                                              polynomial_decay_row(),
                                              cosine_decay_row(),
                                              cosine_decay_restarts_row(),
                                              one_cycle_row()};
  return table;
}

const ScheduleRow& schedule_row(std::string_view name) { return find_row(schedule_table(), "schedule", name); }

ScheduleConfig parse_schedule(const std::string& text) { return ScheduleConfig(parse_named(text, &schedule_row)); }

ScheduleConfig resolved(const ScheduleConfig& given) { return resolved(given, &parse_schedule); }

}  // namespace millrace
