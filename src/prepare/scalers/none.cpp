// SPDX-License-Identifier: Apache-2.0
#include "prepare/scalers/scaler.hpp"

namespace millrace {

namespace {

struct None : NoOptions {
  static constexpr std::string_view op = "none", summary = "leaves the numbers as they are";
};

class NoScaler final : public Scaler {
 public:
  static constexpr bool invertible = true;
  NoScaler(const None&, const ColumnValues&) {}
  explicit NoScaler(std::span<const double>) {}

  [[nodiscard]] float scaled(float value) const override { return value; }
  [[nodiscard]] double reference(double value) const override { return value; }
  [[nodiscard]] std::string to_onnx(PlainGraph&, const std::string&, const std::string& input) const override {
    return input;
  }
  [[nodiscard]] std::vector<double> numbers() const override { return {}; }
};

}  // namespace

ScalerRow none_row() { return scaler_row_of<None, NoScaler>(); }

}  // namespace millrace
