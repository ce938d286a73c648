// SPDX-License-Identifier: Apache-2.0
#include "report/series.hpp"

#include <algorithm>

namespace millrace::report {

void find_best(Course& course, const WatchedValue& watched) {
  course.watched = watched.name;
  const std::optional<BestEpoch> best = best_of(course.epochs, watched);
  if (!best) return;
  course.best_epoch = best->number();
  course.best_value = best->value();
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
