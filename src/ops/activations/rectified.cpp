// SPDX-License-Identifier: Apache-2.0
//
// Activations that leave large values unchanged: relu and its variants.
// Each is a struct with f and its derivative, and a row at the end. Formulas and defaults are those of
// keras.activations.
#include <algorithm>
#include <cmath>

#include "kernels/elementary.hpp"
#include "ops/activations/elementwise.hpp"

namespace millrace {

namespace {

struct Linear : PlainFunction {
  static constexpr std::string_view op = "linear", summary = "z", onnx = "Identity";
  static constexpr bool reads_output = true;
  template <class T>
  T value(T z) const {
    return z;
  }
  template <class T>
  T derivative(T, T) const {
    return 1;
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Identity", name, {z});
  }
};

struct Relu : PlainFunction {
  static constexpr std::string_view op = "relu", summary = "max(z, 0)", onnx = "Relu";
  static constexpr ValueLimits limits() { return {.least = 0}; }
  static constexpr bool reads_output = true, dead_side = true;
  Eltwise fused() const { return {.kind = Eltwise::Kind::relu}; }
  template <class T>
  T value(T z) const {
    return z > 0 ? z : T{0};
  }
  template <class T>
  T derivative(T, T y) const {
    return y > 0 ? T{1} : T{0};
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Relu", name, {z});
  }
};

struct LeakyRelu {
  static constexpr std::string_view op = "leaky_relu", summary = "z where z > 0, else alpha z", onnx = "LeakyRelu";
  static constexpr bool reads_output = true;
  double alpha = 0.2;
  static LeakyRelu defaults(Semantics semantics) { return {.alpha = semantics == Semantics::torch ? 0.01 : 0.2}; }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("alpha", &LeakyRelu::alpha, "slope below zero", not_negative)};
  }
  ValueLimits limits() const { return alpha > 0 ? ValueLimits{} : ValueLimits{.least = 0}; }
  Eltwise fused() const { return {.kind = Eltwise::Kind::relu, .alpha = static_cast<float>(alpha)}; }
  template <class T>
  T value(T z) const {
    return z > 0 ? z : static_cast<T>(alpha) * z;
  }
  template <class T>
  T derivative(T, T y) const {
    return y > 0 ? T{1} : static_cast<T>(alpha);
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("LeakyRelu", name, {z}, {{"alpha", static_cast<float>(alpha)}});
  }
};

struct Elu {
  static constexpr std::string_view op = "elu", summary = "z where z > 0, else alpha (exp(z) - 1)", onnx = "Elu";
  static constexpr bool reads_output = true;
  double alpha = 1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("alpha", &Elu::alpha, "limit below zero", not_negative)};
  }
  ValueLimits limits() const { return {.least = alpha > 0 ? -alpha : 0}; }
  Eltwise fused() const { return {.kind = Eltwise::Kind::elu, .alpha = static_cast<float>(alpha)}; }
  template <class T>
  T value(T z) const {
    return z > 0 ? z : static_cast<T>(alpha) * exponential_minus_one(z);
  }
  template <class T>
  T derivative(T, T y) const {
    return y > 0 ? T{1} : y + static_cast<T>(alpha);
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Elu", name, {z}, {{"alpha", static_cast<float>(alpha)}});
  }
};

// Klambauer, Unterthiner, Mayr, Hochreiter, "Self-normalizing neural networks", 2017.
struct Selu : PlainFunction {
  static constexpr std::string_view op = "selu", summary = "1.0507 elu with alpha 1.6733", onnx = "Selu";
  static constexpr bool reads_output = true;
  static constexpr double alpha_ = 1.6732632423543772848170429916717, scale_ = 1.0507009873554804934193349852946;
  static constexpr ValueLimits limits() { return {.least = -scale_ * alpha_}; }
  template <class T>
  T value(T z) const {
    return static_cast<T>(scale_) * (z > 0 ? z : static_cast<T>(alpha_) * exponential_minus_one(z));
  }
  template <class T>
  T derivative(T, T y) const {
    return y > 0 ? static_cast<T>(scale_) : y + static_cast<T>(scale_ * alpha_);
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Selu", name, {z}, {{"alpha", static_cast<float>(alpha_)}, {"gamma", static_cast<float>(scale_)}});
  }
};

struct Softplus : PlainFunction {
  static constexpr std::string_view op = "softplus", summary = "log(1 + exp(z))", onnx = "Softplus";
  static constexpr ValueLimits limits() { return {.least = 0}; }
  static constexpr bool reads_output = true;
  Eltwise fused() const { return {.kind = Eltwise::Kind::softplus, .alpha = 1}; }
  template <class T>
  T value(T z) const {
    return std::max(z, T{0}) + log_of_one_plus(exponential(-std::abs(z)));
  }
  template <class T>
  T derivative(T, T y) const {
    return -exponential_minus_one(-y);
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Softplus", name, {z});
  }
};

struct Exponential : PlainFunction {
  static constexpr std::string_view op = "exponential", summary = "exp(z)", onnx = "Exp";
  static constexpr ValueLimits limits() { return {.least = 0}; }
  static constexpr bool reads_output = true;
  Eltwise fused() const { return {.kind = Eltwise::Kind::exponential}; }
  template <class T>
  T value(T z) const {
    return exponential(z);
  }
  template <class T>
  T derivative(T, T y) const {
    return y;
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Exp", name, {z});
  }
};

}  // namespace

std::vector<ActivationRow> rectified_rows() {
  return {elementwise_row<Linear>(), elementwise_row<Relu>(),     elementwise_row<LeakyRelu>(),  elementwise_row<Elu>(),
          elementwise_row<Selu>(),   elementwise_row<Softplus>(), elementwise_row<Exponential>()};
}

}  // namespace millrace
