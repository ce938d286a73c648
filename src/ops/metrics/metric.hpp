// SPDX-License-Identifier: Apache-2.0
//
// What a metric is: a number that is made either of sums over rows, which add up over batches, or of all rows, which
// are then kept until the number is wanted. Predictions are fp32, the numbers are made in double.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/activations/activation.hpp"
#include "ops/op_text.hpp"

namespace millrace {

struct MetricBatch {
  std::int64_t rows = 0, outputs = 0, target_width = 0;
  StridedRows<const float> prediction;
  StridedRows<const float> target;
  const float* weights = nullptr;  ///< [rows], or null: every row weighs 1

  [[nodiscard]] double weight(std::int64_t row) const {
    return weights != nullptr ? static_cast<double>(weights[row]) : 1.0;
  }
};

class Metric {
 public:
  virtual ~Metric() = default;
  /// Which way is better: what early stopping waits for.
  [[nodiscard]] virtual bool larger_is_better() const = 0;
  /// Whether result() wants all rows; else it gets none.
  [[nodiscard]] virtual bool keeps_rows() const = 0;
  /// How many sums there are for a model of `outputs` units.
  [[nodiscard]] virtual std::int64_t state_size(std::int64_t outputs) const = 0;
  /// sums += those of these rows.
  virtual void update(const MetricBatch& rows, std::span<double> sums) const = 0;
  [[nodiscard]] virtual double result(std::span<const double> sums, const MetricBatch& all) const = 0;
  /// Throws Error{usage} when the metric makes no sense for such outputs.
  virtual void check(std::int64_t /*outputs*/, std::int64_t /*target_width*/) const {}
};

/// A metric made of sums.
class SumMetric : public Metric {
 public:
  bool keeps_rows() const final { return false; }
  double result(std::span<const double> sums, const MetricBatch&) const final { return value(sums); }

 protected:
  [[nodiscard]] virtual double value(std::span<const double> sums) const = 0;
};

/// A metric made of all rows. Rows come in the order of the data or of its batches, whoever computed them.
class RowsMetric : public Metric {
 public:
  bool keeps_rows() const final { return true; }
  std::int64_t state_size(std::int64_t) const final { return 0; }
  void update(const MetricBatch&, std::span<double>) const final {}
  double result(std::span<const double>, const MetricBatch& all) const final { return value(all); }

 protected:
  [[nodiscard]] virtual double value(const MetricBatch& all) const = 0;
};

struct MetricRow {
  std::string_view name;
  std::vector<std::string_view> aliases;
  std::string_view summary;
  std::vector<OptionInfo> (*options)(Semantics);
  std::shared_ptr<const Metric> (*make)(const OpConfig& config);
  bool of_classes;  ///< targets are classes, or probabilities of two; else any numbers
};

[[nodiscard]] std::span<const MetricRow> metric_table();
[[nodiscard]] const MetricRow& metric_row(std::string_view name);
/// "accuracy", "top_k_accuracy:k=3".
[[nodiscard]] MetricConfig parse_metric(const std::string& text);
[[nodiscard]] MetricConfig resolved(const MetricConfig& given);
[[nodiscard]] std::shared_ptr<const Metric> make_metric(const MetricConfig& config);
/// What the results call it: the user's own words, or the shortest text that means the same.
[[nodiscard]] std::string metric_name(const MetricConfig& config);
[[nodiscard]] std::vector<std::string> metric_names(std::span<const MetricConfig> configs);

/// For check(): as many target columns as outputs. Throws Error{usage}.
void expect_as_many_targets(std::string_view metric, std::int64_t outputs, std::int64_t target_width);

/// The index of the first of the largest.
[[nodiscard]] std::int64_t first_largest(const float* values, std::int64_t count);
/// The class of a row of several outputs: its one target's value, or the place of the largest.
[[nodiscard]] std::int64_t wanted_class(const MetricBatch& rows, std::int64_t row);

/// An implementation for targets that are any numbers, not classes, says so with a constant `of_numbers`.
template <class Implementation>
concept OfNumbers = requires {
  Implementation::of_numbers;
};

template <OptionStruct Options, class Implementation>
[[nodiscard]] MetricRow metric_row_of(std::string_view summary, std::vector<std::string_view> aliases = {}) {
  return {.name = Options::op,
          .aliases = std::move(aliases),
          .summary = summary,
          .options = &describe_options<Options>,
          .make = [](const OpConfig& config) -> std::shared_ptr<const Metric> {
            return std::make_shared<Implementation>(options_from<Options>(config));
          },
          .of_classes = !OfNumbers<Implementation>};
}

}  // namespace millrace
