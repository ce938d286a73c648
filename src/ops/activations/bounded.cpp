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
  static constexpr ValueLimits limits() { return {.least = -1, .most = 1}; }
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
  static constexpr ValueLimits limits() { return {.least = -1, .most = 1}; }
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

// Written out for ONNX: the limits of Clip became inputs at opset 11. The beta is nearly 0, because OpenVINO takes a beta of
// 0 for its default, 0.5; z / 6 stays the same in fp32.
struct Relu6 : PlainFunction {
  static constexpr std::string_view op = "relu6", summary = "z within 0 and 6", onnx = "";
  static constexpr ValueLimits limits() { return {.least = 0, .most = 6}; }
  static constexpr bool reads_output = true, dead_side = true;
  template <class T>
  T value(T z) const {
    return std::min(T{6}, std::max(T{0}, z));
  }
  template <class T>
  T derivative(T, T y) const {
    return y > 0 && y < 6 ? T{1} : T{0};
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    const std::string share =
        graph.add("HardSigmoid", name + "/hard_sigmoid", {z}, {{"alpha", 1.0F / 6}, {"beta", 1e-30F}});
    return graph.add("Mul", name, {share, graph.add_constant(name + "/six", {1}, {6})});
  }
};

struct HardTanh : PlainFunction {
  static constexpr std::string_view op = "hard_tanh", summary = "z within -1 and 1", onnx = "";
  static constexpr ValueLimits limits() { return {.least = -1, .most = 1}; }
  static constexpr bool reads_output = true;
  template <class T>
  T value(T z) const {
    return std::min(T{1}, std::max(T{-1}, z));
  }
  template <class T>
  T derivative(T, T y) const {
    return y > -1 && y < 1 ? T{1} : T{0};
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    const std::string share = graph.add("HardSigmoid", name + "/hard_sigmoid", {z}, {{"alpha", 0.5F}, {"beta", 0.5F}});
    const std::string range = graph.add("Mul", name + "/range", {share, graph.add_constant(name + "/two", {1}, {2})});
    return graph.add("Sub", name, {range, graph.add_constant(name + "/one", {1}, {1})});
  }
};

}  // namespace

std::vector<ActivationRow> bounded_rows() {
  return {elementwise_row<Sigmoid>(),     elementwise_row<Tanh>(),  elementwise_row<Softsign>(),
          elementwise_row<HardSigmoid>(), elementwise_row<Relu6>(), elementwise_row<HardTanh>({"hardtanh"})};
}

}  // namespace millrace
