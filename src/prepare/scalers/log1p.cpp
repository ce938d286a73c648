// SPDX-License-Identifier: Apache-2.0
//
// z = sign(x) * log(1 + |x|), then standardised. For numbers of very different sizes, such as prices and counts.
#include <cmath>

#include "prepare/scalers/shift.hpp"

namespace millrace {

namespace {

struct Log1p : NoOptions {
  static constexpr std::string_view op = "log1p", summary = "takes sign(x) * log(1 + |x|), then standardises";
};

ColumnValues logarithms(const ColumnValues& values) {
  std::vector<double> result;
  for (const double value : values.values()) result.push_back(std::copysign(std::log1p(std::abs(value)), value));
  return {std::move(result), values.missing()};
}

class Log1pScaler final : public Scaler {
 public:
  static constexpr bool invertible = true;

  Log1pScaler(const Log1p&, const ColumnValues& values) : Log1pScaler(logarithms(values)) {}
  explicit Log1pScaler(std::span<const double> numbers) : standard_(numbers) {}

  [[nodiscard]] float scaled(float value) const override {
    const float sign = value > 0 ? 1.0F : value < 0 ? -1.0F : 0.0F;
    return standard_.scaled(sign * std::log(std::abs(value) + 1));
  }
  [[nodiscard]] double reference(double value) const override {
    return standard_.reference(std::copysign(std::log1p(std::abs(value)), value));
  }
  [[nodiscard]] std::string to_onnx(PlainGraph& graph, const std::string& name,
                                    const std::string& input) const override {
    const std::string size = graph.add("Abs", name + "/size", {input});
    const std::string one = graph.add_constant(name + "/one", {1}, {1});
    const std::string log = graph.add("Log", name + "/log", {graph.add("Add", name + "/size_1", {size, one})});
    const std::string sign = graph.add("Sign", name + "/sign", {input});
    return standard_.to_onnx(graph, name, graph.add("Mul", name + "/signed_log", {sign, log}));
  }
  [[nodiscard]] std::vector<double> numbers() const override { return standard_.numbers(); }

  [[nodiscard]] float unscaled(float scaled) const override {
    const float log = standard_.unscaled(scaled), sign = log > 0 ? 1.0F : log < 0 ? -1.0F : 0.0F;
    return sign * (std::exp(std::abs(log)) - 1);
  }
  [[nodiscard]] std::string inverse_to_onnx(PlainGraph& graph, const std::string& name,
                                            const std::string& input) const override {
    const std::string log = standard_.inverse_to_onnx(graph, name, input);
    const std::string power = graph.add("Exp", name + "/power", {graph.add("Abs", name + "/size", {log})});
    const std::string one = graph.add_constant(name + "/one", {1}, {1});
    const std::string size = graph.add("Sub", name + "/power_1", {power, one});
    return graph.add("Mul", name + "/unscaled", {graph.add("Sign", name + "/sign", {log}), size});
  }

 private:
  explicit Log1pScaler(const ColumnValues& logs) : standard_(logs.mean(), logs.deviation()) {}

  Shift standard_;
};

}  // namespace

ScalerRow log1p_row() { return scaler_row_of<Log1p, Log1pScaler>(); }

}  // namespace millrace
