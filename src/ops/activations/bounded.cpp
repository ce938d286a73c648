// SPDX-License-Identifier: Apache-2.0
//
// Activations with limits on both sides.
// Each is a struct with f and its derivative, and a row at the end. Formulas and defaults are those of
// keras.activations.
#include <algorithm>
#include <cmath>

#include "kernels/elementary.hpp"
#include "ops/activations/elementwise.hpp"

namespace millrace {

namespace {

struct Sigmoid : PlainFunction {
  static constexpr std::string_view op = "sigmoid", summary = "1 / (1 + exp(-z))", onnx = "Sigmoid";
  static constexpr ValueRange range = ValueRange::probabilities;
  static constexpr bool reads_output = true;
  Eltwise fused() const { return {.kind = Eltwise::Kind::sigmoid}; }
  // Only takes exp of a negative number, which cannot overflow.
  template <class T>
  T value(T z) const {
    const T e = exponential(-std::abs(z));
    return (z >= 0 ? T{1} : e) / (1 + e);
  }
  template <class T>
  T derivative(T, T y) const {
    return y * (1 - y);
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Sigmoid", name, {z});
  }
};

struct Tanh : PlainFunction {
  static constexpr std::string_view op = "tanh", summary = "hyperbolic tangent", onnx = "Tanh";
  static constexpr bool reads_output = true;
  Eltwise fused() const { return {.kind = Eltwise::Kind::tanh}; }
  template <class T>
  T value(T z) const {
    return hyperbolic_tangent(z);
  }
  template <class T>
  T derivative(T, T y) const {
    return 1 - y * y;
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Tanh", name, {z});
  }
};

struct Softsign : PlainFunction {
  static constexpr std::string_view op = "softsign", summary = "z / (1 + |z|)", onnx = "Softsign";
  static constexpr bool reads_output = true;
  template <class T>
  T value(T z) const {
    return z / (1 + std::abs(z));
  }
  template <class T>
  T derivative(T, T y) const {
    return (1 - std::abs(y)) * (1 - std::abs(y));
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Softsign", name, {z});
  }
};

struct HardSigmoid : PlainFunction {
  static constexpr std::string_view op = "hard_sigmoid", summary = "z / 6 + 1/2, within 0 and 1", onnx = "HardSigmoid";
  static constexpr ValueRange range = ValueRange::probabilities;
  static constexpr bool reads_output = true;
  template <class T>
  T value(T z) const {
    return std::min(T{1}, std::max(T{0}, z / 6 + static_cast<T>(0.5)));
  }
  template <class T>
  T derivative(T, T y) const {
    return y > 0 && y < 1 ? T{1} / 6 : T{0};
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("HardSigmoid", name, {z}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}});
  }
};

}  // namespace

std::vector<ActivationRow> bounded_rows() {
  return {elementwise_row<Sigmoid>(), elementwise_row<Tanh>(), elementwise_row<Softsign>(),
          elementwise_row<HardSigmoid>()};
}

}  // namespace millrace
