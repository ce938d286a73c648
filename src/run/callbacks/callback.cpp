// SPDX-License-Identifier: Apache-2.0
#include "run/callbacks/callback.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "run/epoch_values.hpp"

namespace millrace {

std::vector<std::string> columns_of(const MeasuredValues& measured) {
  Evaluation evaluation;
  for (const std::string& metric : measured.metrics.names()) evaluation.metrics.push_back({metric, 0});
  const Epoch epoch{.metrics = evaluation.metrics,
                    .validated = measured.validates,
                    .validation = evaluation,
                    .training_evaluated = measured.evaluates_training,
                    .training = evaluation};
  std::vector<std::string> names;
  for (const NamedValue& value : epoch.values()) names.push_back(value.name);
  return names;
}

Monitor::Monitor(std::string_view who, const std::string& name, const std::string& mode, const MeasuredValues& measured)
    : name_(name) {
  const std::vector<std::string> columns = columns_of(measured);
  if (!contains(columns, name)) {
    const std::vector<std::string_view> known(columns.begin(), columns.end());
    // The name is correct, but the run has no validation rows to measure it on.
    const bool lacks_rows = !measured.validates && name.starts_with("val_") && contains(columns, name.substr(4));
    fail(ErrorKind::usage, who,
         lacks_rows ? "the monitor is '" + name +
                          "' and there are no validation rows, expected validation rows (--validation 0.2, "
                          "FitOptions::validation) or another monitor: " +
                          join(known)
                    : unknown_name("monitor", name, known));
  }
  if (mode != "auto" && mode != "min" && mode != "max")
    fail(ErrorKind::usage, who, unknown_name("mode", mode, {"auto", "min", "max"}));
  const auto metric_named = [&](std::string_view each) { return measured.metrics.find(std::string(each)); };
  const Metric* const metric = metric_named(metric_in(name, metric_named));
  maximizes_ = mode == "auto" ? metric != nullptr && metric->larger_is_better() : mode == "max";
}

double Monitor::value(const Epoch& epoch) const { return value_in(epoch, name_); }

bool Monitor::better(double value, double reference, double delta) const {
  return maximizes_ ? value - delta > reference : value + delta < reference;
}

}  // namespace millrace
