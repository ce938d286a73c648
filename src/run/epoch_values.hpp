// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const WatchedValue watched{"val_accuracy", larger_is_better_in("val_accuracy", compiled)};
//   if (const std::optional<BestEpoch> best = best_of(history.epochs, watched)) ... best->number() ...
//
// The values of an epoch by the names of their columns in history.csv, and the epoch that is the best by one of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/training.hpp"

namespace millrace {

/// One of epoch.values(), by its name; NaN if the epoch has none.
[[nodiscard]] double value_in(const Epoch& epoch, std::string_view column);

/// The name of the metric that a column has: "val_accuracy" and "train_accuracy" have that of "accuracy". An output may be
/// called val, so that a prefix is one only where the name with it is no metric: is_metric(name).
template <class IsMetric>
[[nodiscard]] std::string_view metric_in(std::string_view column, const IsMetric& is_metric) {
  for (const std::string_view prefix : {"val_", "train_"})
    if (!is_metric(column) && column.starts_with(prefix)) column.remove_prefix(prefix.size());
  return column;
}

/// Whether a larger value in this column is better, by the metric that it has: "val_accuracy", or "kind_accuracy" of one of
/// several outputs. False for losses and for columns that no metric of `compiled` has.
[[nodiscard]] bool larger_is_better_in(const std::string& column, const CompileOptions& compiled);

/// The value by which epochs are compared.
struct WatchedValue {
  std::string name = "val_loss";  ///< a column of history.csv
  bool larger_is_better = false;
};

/// The best of the epochs it has seen.
class BestEpoch {
 public:
  explicit BestEpoch(WatchedValue watched) : watched_(std::move(watched)) {}
  /// Whether the epoch is better than all before it. Never for an epoch without the watched value.
  bool add(const Epoch& epoch);
  [[nodiscard]] std::int64_t number() const { return number_; }  ///< 0: none
  [[nodiscard]] double value() const { return value_; }
  [[nodiscard]] const std::string& name() const { return watched_.name; }

 private:
  WatchedValue watched_;
  std::int64_t number_ = 0;
  double value_ = 0;
};

/// Nothing: no epoch has the watched value.
[[nodiscard]] std::optional<BestEpoch> best_of(std::span<const Epoch> epochs, const WatchedValue& watched);

}  // namespace millrace
