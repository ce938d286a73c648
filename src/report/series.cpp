// SPDX-License-Identifier: Apache-2.0
#include "report/series.hpp"

#include <algorithm>
#include <limits>

namespace millrace::report {

namespace {

double value_of(const Evaluation& values, const std::string& name) {
  if (name == "loss") return values.loss;
  const auto at = std::ranges::find(values.metrics, name, &NamedValue::name);
  return at == values.metrics.end() ? std::numeric_limits<double>::quiet_NaN() : at->value;
}

}  // namespace

double value_in(const Epoch& epoch, const std::string& column) {
  constexpr std::string_view validation = "val_", training = "train_";
  if (epoch.validated && column.starts_with(validation))
    return value_of(epoch.validation, column.substr(validation.size()));
  if (epoch.training_evaluated && column.starts_with(training))
    return value_of(epoch.training, column.substr(training.size()));
  return value_of({epoch.loss, epoch.metrics}, column);
}

std::vector<SeriesGroup> series_of(const std::vector<Epoch>& epochs) {
  std::vector<SeriesGroup> groups;
  if (epochs.empty()) return groups;
  std::vector<std::string> names{"loss"};
  for (const NamedValue& metric : epochs.front().metrics) names.push_back(metric.name);
  for (const std::string& name : names) {
    SeriesGroup group{.name = name, .series = {{name, "training, during the epoch", {}}}};
    if (epochs.front().validated) group.series.push_back({"val_" + name, "validation", {}});
    if (epochs.front().training_evaluated) group.series.push_back({"train_" + name, "training, after the epoch", {}});
    for (Series& series : group.series) {
      for (const Epoch& epoch : epochs)
        series.points.push_back({static_cast<double>(epoch.number), value_in(epoch, series.column)});
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

const Epoch* epoch_of(const std::vector<Epoch>& epochs, std::int64_t number) {
  const auto at = std::ranges::find(epochs, number, &Epoch::number);
  return at == epochs.end() ? nullptr : &*at;
}

}  // namespace millrace::report
