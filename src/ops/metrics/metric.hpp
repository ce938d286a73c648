// SPDX-License-Identifier: Apache-2.0
//
// A metric is computed either from sums over rows, which add up over batches, or from all rows, which are kept until the
// end of the data. Predictions are fp32; sums and results are double.
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
  /// Which direction is an improvement, for early stopping.
  [[nodiscard]] virtual bool larger_is_better() const = 0;
  /// Whether result() needs all rows; otherwise it gets none.
  [[nodiscard]] virtual bool keeps_rows() const = 0;
  /// Number of sums for a model with `outputs` outputs.
  [[nodiscard]] virtual std::int64_t state_size(std::int64_t outputs) const = 0;
  /// sums += those of these rows.
  virtual void update(const MetricBatch& rows, std::span<double> sums) const = 0;
  [[nodiscard]] virtual double result(std::span<const double> sums, const MetricBatch& all) const = 0;
  /// Throws Error{usage} if the metric is not defined for such outputs.
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
  bool of_classes;  ///< targets are classes or probabilities; false: any numbers
};

[[nodiscard]] std::span<const MetricRow> metric_table();
[[nodiscard]] const MetricRow& metric_row(std::string_view name);
/// "accuracy", "top_k_accuracy:k=3".
[[nodiscard]] MetricConfig parse_metric(const std::string& text);
[[nodiscard]] MetricConfig resolved(const MetricConfig& given);
[[nodiscard]] std::shared_ptr<const Metric> make_metric(const MetricConfig& config);
/// What the results call it: the user's own words, or the shortest text that means the same.
[[nodiscard]] std::string metric_name(const MetricConfig& config);

/// The option that every metric has after its own.
struct MetricWeighting {
  static constexpr std::string_view op = "metric";
  NameTheOption name_the_option{};
  bool weighted = true;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("weighted", &MetricWeighting::weighted, "count each row by its weight; false: count each row as 1")};
  }
};
/// Whether the weights of rows count in the metric. Throws Error{usage}.
[[nodiscard]] bool is_weighted(const MetricConfig& config);

/// The metric with this threshold, if it has one and its options name none: the accuracy of one output counts as
/// binary_accuracy. Others stay as they are.
[[nodiscard]] MetricConfig at_threshold(const MetricConfig& metric, double threshold, std::int64_t outputs);

/// For check(): throws Error{usage} unless there is one target column for each output.
void expect_as_many_targets(std::string_view metric, std::int64_t outputs, std::int64_t target_width);

/// The index of the first of the largest.
[[nodiscard]] std::int64_t first_largest(const float* values, std::int64_t count);
/// The actual class of a row: the value of its only target, or the index of the largest.
[[nodiscard]] std::int64_t wanted_class(const MetricBatch& rows, std::int64_t row);

/// An implementation whose targets are any numbers has a constant `of_numbers`.
template <class Implementation>
concept OfNumbers = requires {
  Implementation::of_numbers;
};

template <OptionStruct Options, class Implementation>
[[nodiscard]] MetricRow metric_row_of(std::string_view summary, std::vector<std::string_view> aliases = {}) {
  return {.name = Options::op,
          .aliases = std::move(aliases),
          .summary = summary,
          .options =
              [](Semantics semantics) {
                std::vector<OptionInfo> all = describe_options<Options>(semantics);
                for (OptionInfo& option : describe_options<MetricWeighting>(semantics))
                  all.push_back(std::move(option));
                return all;
              },
          .make = [](const OpConfig& config) -> std::shared_ptr<const Metric> {
            OpConfig own = config;
            own.options.erase("weighted");
            return std::make_shared<Implementation>(options_from<Options>(own));
          },
          .of_classes = !OfNumbers<Implementation>};
}

}  // namespace millrace
