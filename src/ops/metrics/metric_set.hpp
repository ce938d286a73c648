// SPDX-License-Identifier: Apache-2.0
//
// The metrics of a model, as the step and the evaluation use them: one run of sums for all of them, and the rows where
// one of them wants to see all. Sums are added shard by shard and rows have a place of their own, so that threads
// change nothing.
#pragma once

#include <vector>

#include "millrace/training.hpp"
#include "ops/metrics/metric.hpp"

namespace millrace {

/// Rows that wait for the metrics made of all of them. Memory is taken by reserve() alone.
struct KeptRows {
  std::int64_t outputs = 0, target_width = 0;
  std::vector<float> predictions, targets, weights;  ///< weights: empty where every row weighs 1

  void reserve(std::int64_t rows, std::int64_t outputs_of_row, std::int64_t targets_of_row, bool weighted);
  /// Rows `first` and following = these; other rows may be put at the same time.
  void put(std::int64_t first, const MetricBatch& rows);
  /// The first `rows`.
  [[nodiscard]] MetricBatch first(std::int64_t rows) const;
};

/// Where the rows of a batch leave what metrics need: sums are added to, rows are put from `first_row` on.
struct MetricSink {
  std::span<double> sums;
  KeptRows* kept = nullptr;  ///< null: nobody keeps rows
  std::int64_t first_row = 0;
};

class MetricSet {
 public:
  MetricSet() = default;
  /// Throws Error{usage} for a metric that does not fit such a model.
  MetricSet(const std::vector<MetricConfig>& configs, std::int64_t outputs, std::int64_t target_width);

  [[nodiscard]] std::int64_t state_size() const { return state_size_; }
  [[nodiscard]] bool keeps_rows() const { return keeps_rows_; }
  /// sums[state_size()] += those of these rows.
  void update(const MetricBatch& rows, double* sums) const;
  /// In the order of the metrics, each under its metric_name(). `all` may be empty where nobody keeps rows.
  [[nodiscard]] std::vector<NamedValue> results(std::span<const double> sums, const MetricBatch& all) const;
  /// What a metric of classes cannot do with a target of this value, or empty: "6.5, which is no class for accuracy".
  [[nodiscard]] std::string target_problem(float value, std::int64_t outputs, std::int64_t target_width) const;
  /// The metric of this name; null: there is none.
  [[nodiscard]] const Metric* find(const std::string& name) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  struct Entry {
    std::shared_ptr<const Metric> metric;
    std::int64_t offset = 0, size = 0;  // of its sums
  };
  std::vector<std::string> names_;
  std::vector<Entry> entries_;
  std::string of_classes_;  // the first metric of classes; empty: there is none
  std::int64_t state_size_ = 0;
  bool keeps_rows_ = false;
};

}  // namespace millrace
