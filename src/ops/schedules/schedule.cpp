// SPDX-License-Identifier: Apache-2.0
#include "ops/schedules/schedule.hpp"

#include <algorithm>

namespace millrace {

namespace {

class WarmedUp final : public Schedule {
 public:
  WarmedUp(std::shared_ptr<const Schedule> schedule, const PaceOptions& pace)
      : schedule_(std::move(schedule)), length_(pace.warmup), start_(pace.warmup_start) {}
  double learning_rate(std::int64_t count) const override {
    if (count >= length_) return schedule_->learning_rate(count - length_);
    const double risen = static_cast<double>(count) / static_cast<double>(length_);
    return schedule_->learning_rate(0) * (start_ + (1 - start_) * risen);
  }
  std::optional<double> momentum(std::int64_t count) const override {
    return schedule_->momentum(std::max<std::int64_t>(0, count - length_));
  }

 private:
  std::shared_ptr<const Schedule> schedule_;
  std::int64_t length_;
  double start_;
};

}  // namespace

std::shared_ptr<const Schedule> make_schedule(const ScheduleConfig& config, const PaceOptions& pace,
                                              const ScheduleRun& run) {
  const ScheduleRun rest{run.learning_rate, std::max<std::int64_t>(1, run.length - pace.warmup), run.semantics};
  const ScheduleConfig named = config.op.empty() ? ScheduleConfig(Constant{}) : resolved(config);
  auto schedule = schedule_row(named.op).make(named, rest);
  if (pace.warmup == 0) return schedule;
  return std::make_shared<WarmedUp>(std::move(schedule), pace);
}

bool depends_on_length(const ScheduleConfig& given) {
  if (given.op.empty()) return false;
  const ScheduleConfig config = resolved(given);
  const ScheduleRow& row = schedule_row(config.op);
  if (row.length_option.empty()) return false;
  const OpConfig whole = completed(config, row, Semantics::keras);
  return std::holds_alternative<std::monostate>(whole.options.at(std::string(row.length_option)));
}

double length_or_run(std::optional<std::int64_t> given, const ScheduleRun& run) {
  return static_cast<double>(given.value_or(run.length));
}

}  // namespace millrace
