// SPDX-License-Identifier: Apache-2.0
//
// The metrics of a model, as step and evaluation use them: one array of sums for all metrics, and the rows if a metric
// needs them. Sums are added shard by shard and every row has a fixed place, so that threads do not change results.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "millrace/training.hpp"
#include "ops/metrics/metric.hpp"

namespace millrace {

/// Rows kept for metrics that need all of them. Only reserve() allocates.
struct KeptRows {
  std::int64_t outputs = 0, target_width = 0;
  std::vector<float> predictions, targets, weights;  ///< weights: empty where every row weighs 1

  void reserve(std::int64_t rows, std::int64_t outputs_of_row, std::int64_t targets_of_row, bool weighted);
  /// Rows from `first` on = these. Different rows may be put at the same time.
  void put(std::int64_t first, const MetricBatch& rows);
  /// The first `rows`.
  [[nodiscard]] MetricBatch first(std::int64_t rows) const;
};

/// Where a batch leaves the input of metrics: it adds to the sums and puts its rows from `first_row` on.
struct MetricSink {
  std::span<double> sums;
  KeptRows* kept = nullptr;  ///< null: no metric needs rows
  std::int64_t first_row = 0;
};

/// The unit in which metrics see targets and predictions, if training has scaled them.
class TargetUnit {
 public:
  virtual ~TargetUnit() = default;
  /// A scaled target or prediction of output number `output`, in the target's own unit.
  [[nodiscard]] virtual float own(std::int64_t output, float scaled) const = 0;
};

/// Floats of memory that MetricSet::add() writes to: some predictions and some targets in the unit of the table.
[[nodiscard]] constexpr std::int64_t metric_scratch(std::int64_t outputs) {
  constexpr std::int64_t least = 512;
  return 2 * std::max(outputs, least);
}

/// How the metrics of a single output see predictions.
struct MetricView {
  std::shared_ptr<const TargetUnit> unit{};  ///< null: targets are not scaled
  std::optional<double> threshold{};         ///< of metrics that are given none; none: each has its default
};

/// The metrics of some of the outputs, with their columns of the targets.
struct MetricPart {
  std::string prefix{};  ///< of the names of its metrics: "price_"
  std::vector<MetricConfig> metrics{};
  std::shared_ptr<const Metric> first{};  ///< the loss, reported ahead of them, always with weights; null: none
  std::int64_t first_output = 0, outputs = 0;
  std::int64_t first_target = 0, targets = 0;
};

class MetricSet {
 public:
  MetricSet() = default;
  /// Throws as below. Results are in the order of the parts.
  explicit MetricSet(const std::vector<MetricPart>& parts, const MetricView& view = {}, bool weighted = true);
  /// Throws Error{usage} for a metric that does not fit such a model.
  /// With a unit every row has as many targets as outputs. weighted: whether rows have weights in the metrics whose option
  /// does not say otherwise.
  MetricSet(const std::vector<MetricConfig>& configs, std::int64_t outputs, std::int64_t target_width,
            const MetricView& view = {}, bool weighted = true);

  [[nodiscard]] std::int64_t state_size() const { return state_size_; }
  [[nodiscard]] bool keeps_rows() const { return keeps_rows_; }
  /// The weights of rows for add(): those of the data, or null if every row counts as one in all metrics.
  [[nodiscard]] const float* weights_of(const std::vector<float>& data) const {
    return uses_weights_ && !data.empty() ? data.data() : nullptr;
  }
  /// sums[state_size()] += those of these rows. `kept` gets the rows from `first` on; null: no metric needs them.
  /// scratch: metric_scratch(rows.outputs) floats.
  void add(const MetricBatch& rows, double* sums, KeptRows* kept, std::int64_t first, float* scratch) const;
  /// In the order of the metrics, each under its metric_name(). `all` may be empty if no metric needs rows.
  [[nodiscard]] std::vector<NamedValue> results(std::span<const double> sums, const MetricBatch& all) const;
  /// Why this value in target column `column` does not suit a metric of classes: "6.5, which is no class for accuracy".
  /// Empty: it does.
  [[nodiscard]] std::string target_problem(std::int64_t column, float value) const;
  /// The metric of this name; null: there is none.
  [[nodiscard]] const Metric* find(const std::string& name) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  void update(const MetricBatch& rows, double* sums, KeptRows* kept, std::int64_t first) const;

  struct Part {
    std::int64_t first_output = 0, outputs = 0, first_target = 0, targets = 0;
    std::string of_classes{};  // the first metric of classes; empty: there is none

    [[nodiscard]] MetricBatch of(const MetricBatch& rows) const;
  };
  struct Entry {
    std::shared_ptr<const Metric> metric;
    std::int64_t offset = 0, size = 0;  // of its sums
    std::size_t part = 0;
    bool weighted = true;
  };
  void add_metric(std::string name, std::shared_ptr<const Metric> metric, bool weighted);
  /// What the metric of this entry sees of a batch.
  [[nodiscard]] MetricBatch rows_of(const Entry& entry, const MetricBatch& rows) const;

  std::vector<std::string> names_;
  std::vector<Entry> entries_;
  std::vector<Part> parts_;
  std::int64_t state_size_ = 0;
  bool keeps_rows_ = false;
  std::shared_ptr<const TargetUnit> unit_;
  bool uses_weights_ = false;  // whether a metric does
};

}  // namespace millrace
