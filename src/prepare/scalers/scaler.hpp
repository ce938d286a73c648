// SPDX-License-Identifier: Apache-2.0
//
// A scaler maps the numbers of a column to a range that a network learns from. It is fitted once, and then a pure
// function of one number. A scaler that can be inverted also serves targets.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/graph_node.hpp"
#include "ops/op_text.hpp"
#include "prepare/column_values.hpp"

namespace millrace {

class Scaler {
 public:
  virtual ~Scaler() = default;
  /// In fp32, with the operations of to_onnx() in their order: the same bits, except for logarithms.
  [[nodiscard]] virtual float scaled(float value) const = 0;
  /// The formula, in double.
  [[nodiscard]] virtual double reference(double value) const = 0;
  /// Appends the nodes that scale `input`; returns the name of the result, which begins with `name`.
  [[nodiscard]] virtual std::string to_onnx(PlainGraph& graph, const std::string& name,
                                            const std::string& input) const = 0;
  /// The fitted numbers, in double, for the file.
  [[nodiscard]] virtual std::vector<double> numbers() const = 0;

  /// The number of this scaled value; of several ones, any.
  [[nodiscard]] virtual float unscaled(float scaled) const { return scaled; }
  // Only of scalers that can be inverted.
  [[nodiscard]] virtual std::string inverse_to_onnx(PlainGraph& /*graph*/, const std::string& /*name*/,
                                                    const std::string& input) const {
    return input;
  }
};

struct ScalerRow {
  std::string_view name;
  std::string_view summary;
  bool invertible;
  std::vector<OptionInfo> (*options)(Semantics);
  std::shared_ptr<const Scaler> (*fit)(const OpConfig& config, const ColumnValues& values);
  /// From the numbers of a file. Throws Error{usage} if they are too few or do not fit.
  std::shared_ptr<const Scaler> (*restore)(std::span<const double> numbers);
};

[[nodiscard]] std::span<const ScalerRow> scaler_table();
[[nodiscard]] const ScalerRow& scaler_row(std::string_view name);
/// "standard", "quantile:bins=50". Throws Error{usage}.
[[nodiscard]] OpConfig parse_scaler(const std::string& text);
[[nodiscard]] std::shared_ptr<const Scaler> fit_scaler(const OpConfig& config, const ColumnValues& values);

namespace detail {
/// Throws Error{usage} unless a file has `count` numbers for a scaler, and all are finite.
void check_scaler_numbers(std::string_view name, std::span<const double> numbers, std::size_t count);
}  // namespace detail

/// The row of a scaler. Options: op, summary, fields(). Implementation(options, values) fits, Implementation(numbers)
/// restores; its constant `invertible` says whether it has an inverse.
template <OptionStruct Options, class Implementation>
[[nodiscard]] ScalerRow scaler_row_of() {
  return {.name = Options::op,
          .summary = Options::summary,
          .invertible = Implementation::invertible,
          .options = &describe_options<Options>,
          .fit = [](const OpConfig& config, const ColumnValues& values) -> std::shared_ptr<const Scaler> {
            return std::make_shared<Implementation>(options_from<Options>(config), values);
          },
          .restore = [](std::span<const double> numbers) -> std::shared_ptr<const Scaler> {
            return std::make_shared<Implementation>(numbers);
          }};
}

}  // namespace millrace
