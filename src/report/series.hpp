// SPDX-License-Identifier: Apache-2.0
//
// The values of a run by epoch, as curves.
#pragma once

#include <string>
#include <vector>

#include "report/charts/thin.hpp"
#include "report/run_report.hpp"
#include "run/epoch_values.hpp"

namespace millrace::report {

struct Series {
  std::string column;  ///< of history.csv: "val_loss"
  std::string name;    ///< "validation rows"
  std::vector<Point> points;
};

/// The loss or a metric: its values on training rows, and on others where they were measured.
struct SeriesGroup {
  std::string name;  ///< "loss", "accuracy"
  std::vector<Series> series;
};

/// The loss first, then the metrics, in the order of the first epoch.
[[nodiscard]] std::vector<SeriesGroup> series_of(const std::vector<Epoch>& epochs);

/// Sets what the course watches and which of its epochs is the best.
void find_best(Course& course, const WatchedValue& watched);

/// The epoch of this number, or null.
[[nodiscard]] const Epoch* epoch_of(const std::vector<Epoch>& epochs, std::int64_t number);

}  // namespace millrace::report
