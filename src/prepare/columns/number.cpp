// SPDX-License-Identifier: Apache-2.0
//
// A column of numbers: missing values filled in, outliers clipped, scaled; a second prepared column says where a value
// was missing.
#include <algorithm>
#include <limits>
#include <optional>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "prepare/columns/column.hpp"
#include "prepare/columns/filled.hpp"
#include "prepare/scalers/scaler.hpp"

namespace millrace {

namespace {

constexpr float most_float = std::numeric_limits<float>::max();

struct Limits {
  float least = -most_float, most = most_float;
  [[nodiscard]] bool any() const { return least > -most_float || most < most_float; }
  [[nodiscard]] float clipped(float value) const { return std::min(std::max(value, least), most); }
};

class NumberColumn final : public PreparedColumn {
 public:
  NumberColumn(const TrainingColumn& column, const ColumnOptions& options)
      : PreparedColumn(column.column->name), scale_(parse_scaler(options.scale)) {
    ColumnValues values = training_values(column);
    filled_ = {static_cast<float>(fill_value(name(), options.missing, values)),
               options.indicator && values.missing() > 0};
    if (options.clip) {
      if (*options.clip >= 0.5)
        fail(ErrorKind::usage, name(), "clip is " + number_text(*options.clip) + ", expected less than 0.5");
      limits_ = {static_cast<float>(values.quantile(*options.clip)),
                 static_cast<float>(values.quantile(1 - *options.clip))};
      std::vector<double> clipped;
      for (const double value : values.values())
        clipped.push_back(static_cast<double>(limits_.clipped(static_cast<float>(value))));
      values = {std::move(clipped), values.missing()};
    }
    scaler_ = fit_scaler(scale_, values);
  }
  explicit NumberColumn(const ColumnRecord& record)
      : PreparedColumn(record.name), scale_(detail::word_of(record, "scale")) {
    filled_ = Filled::from(detail::numbers_of(record, "fill", 2));
    const std::vector<double>& limits = detail::numbers_of(record, "limits", 2);
    limits_ = {static_cast<float>(limits[0]), static_cast<float>(limits[1])};
    scaler_ = scaler_row(scale_.op).restore(detail::numbers_of(record, "scale"));
  }

  ColumnKind kind() const override { return ColumnKind::number; }
  std::vector<std::string> names() const override { return filled_.names(name()); }
  std::optional<double> value(std::string_view) const override { return std::nullopt; }
  std::optional<double> value(double number) const override { return number; }

  double number_like(double draw) const override {
    return static_cast<double>(scaler_->unscaled(static_cast<float>(draw)));
  }

  void prepare(double value, float* out) const override {
    const auto cell = static_cast<float>(value);
    out[0] = scaler_->scaled(limits_.clipped(filled_.value(cell)));
    filled_.indicate(std::isnan(value), out + 1);
  }
  void reference(double value, double* out) const override {
    const bool missing = std::isnan(value);
    const double filled = missing ? static_cast<double>(filled_.fill) : value;
    out[0] =
        scaler_->reference(std::clamp(filled, static_cast<double>(limits_.least), static_cast<double>(limits_.most)));
    if (filled_.indicator) out[1] = missing ? 1 : 0;
  }

  std::string to_onnx(PlainGraph& graph) const override {
    graph.inputs.push_back({name(), {1}});
    const std::string missing = missing_to_onnx(graph, prefix(), name());
    const std::string fill = graph.add_constant(prefix() + "/fill", {1}, {filled_.fill});
    std::string value = graph.add("Where", prefix() + "/filled", {missing, fill, name()});
    if (limits_.any()) {
      const std::string least = graph.add_constant(prefix() + "/least", {1}, {limits_.least}),
                        most = graph.add_constant(prefix() + "/most", {1}, {limits_.most});
      value =
          graph.add("Min", prefix() + "/clipped", {graph.add("Max", prefix() + "/not_below", {value, least}), most});
    }
    return indicated_to_onnx(graph, prefix(), filled_, missing, scaler_->to_onnx(graph, prefix() + "/scale", value));
  }

  ColumnRecord record() const override {
    return {.name = name(),
            .kind = kind(),
            .words = {{"scale", scale_.op}},
            .numbers = {{"fill", filled_.numbers()},
                        {"limits", {limits_.least, limits_.most}},
                        {"scale", scaler_->numbers()}},
            .texts = {}};
  }

 private:
  Filled filled_;
  Limits limits_;
  OpConfig scale_;
  std::shared_ptr<const Scaler> scaler_;
};

}  // namespace

ColumnRow number_column_row() {
  return {ColumnKind::number,
          [](const TrainingColumn& column, const ColumnOptions& options) -> std::unique_ptr<PreparedColumn> {
            return std::make_unique<NumberColumn>(column, options);
          },
          [](const ColumnRecord& record) -> std::unique_ptr<PreparedColumn> {
            return std::make_unique<NumberColumn>(record);
          }};
}

}  // namespace millrace
