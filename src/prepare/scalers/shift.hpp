// SPDX-License-Identifier: Apache-2.0
//
// (x - offset) / divisor: what most scalers are.
#pragma once

#include <algorithm>

#include "prepare/scalers/scaler.hpp"

namespace millrace {

class Shift : public Scaler {
 public:
  static constexpr bool invertible = true;

  /// That of a column. The spread is the divisor, unless the column does not vary in fp32.
  [[nodiscard]] static Shift fitted(double offset, double spread) { return {offset, divisor_beside(offset, spread)}; }
  /// A divisor that fp32 rounds to 0 becomes 1.
  Shift(double offset, double divisor)
      : offset_(static_cast<float>(offset)),
        divisor_(static_cast<float>(divisor) == 0 ? 1 : static_cast<float>(divisor)) {}
  explicit Shift(std::span<const double> numbers) {
    detail::check_scaler_numbers("scale", numbers, 2);
    *this = Shift(numbers[0], numbers[1]);
  }

  [[nodiscard]] float scaled(float value) const override { return (value - offset_) / divisor_; }
  [[nodiscard]] double reference(double value) const override {
    return (value - static_cast<double>(offset_)) / static_cast<double>(divisor_);
  }
  [[nodiscard]] std::string to_onnx(PlainGraph& graph, const std::string& name,
                                    const std::string& input) const override {
    const std::string centered =
        graph.add("Sub", name + "/centered", {input, constant(graph, name + "/offset", offset_)});
    return graph.add("Div", name + "/scaled", {centered, constant(graph, name + "/divisor", divisor_)});
  }
  [[nodiscard]] std::vector<double> numbers() const override { return {offset_, divisor_}; }

  [[nodiscard]] float unscaled(float value) const override { return value * divisor_ + offset_; }
  [[nodiscard]] std::string inverse_to_onnx(PlainGraph& graph, const std::string& name,
                                            const std::string& input) const override {
    const std::string wide =
        graph.add("Mul", name + "/multiplied", {input, constant(graph, name + "/divisor", divisor_)});
    return graph.add("Add", name + "/shifted", {wide, constant(graph, name + "/offset", offset_)});
  }

 private:
  static std::string constant(PlainGraph& graph, std::string name, float value) {
    return graph.add_constant(std::move(name), {1}, {value});
  }

  float offset_ = 0, divisor_ = 1;
};

}  // namespace millrace
