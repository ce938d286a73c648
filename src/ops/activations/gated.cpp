// SPDX-License-Identifier: Apache-2.0
//
// Activations z g(z), where g rises from 0 to 1. Each has its least value a little below z = 0; limits() has it rounded down.
// Each is a struct with f and its derivative, and a row at the end. Formulas and defaults are those of
// keras.activations.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "kernels/elementary.hpp"
#include "ops/activations/elementwise.hpp"

namespace millrace {

namespace {

// The factor of the input.
template <class T>
MILLRACE_INLINE T sigmoid(T z) {
  const T e = exponential(-std::abs(z));
  return (z >= 0 ? T{1} : e) / (1 + e);
}
template <class T>
MILLRACE_INLINE T hard_sigmoid(T z) {
  return std::min(T{1}, std::max(T{0}, z / 6 + static_cast<T>(0.5)));
}
// tanh(log(1 + e)) = n / (n + 2) with e = exp(z) and n = e (e + 2); from 20 on it is 1.
template <class T>
MILLRACE_INLINE T tanh_of_softplus(T z) {
  const T e = exponential(std::min(z, T{20})), n = e * (e + 2);
  return n / (n + 2);
}

// Adds a constant with one element for an exported node.
std::string scalar(PlainGraph& graph, const std::string& name, double value) {
  return graph.add_constant(name, {}, {static_cast<float>(value)});
}

// Hendrycks, Gimpel, "Gaussian error linear units", 2016. Written out for ONNX: Gelu itself needs opset 20.
struct Gelu {
  static constexpr std::string_view op = "gelu", summary = "z times the normal distribution function of z", onnx = "";
  static constexpr bool reads_output = false;
  bool approximate = false;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("approximate", &Gelu::approximate, "with tanh instead of erf")};
  }
  // Products get the function of the default options, and alpha alone.
  Eltwise fused() const { return {.kind = approximate ? Eltwise::Kind::none : Eltwise::Kind::gelu_erf}; }
  ValueLimits limits() const { return {.least = approximate ? -0.1701 : -0.17}; }
  static constexpr double cubic_ = 0.044715, slope_ = 0.79788456080286535588;  // sqrt(2 / pi)
  struct WithErf {
    template <class T>
    T value(T z) const {
      return z / 2 * (1 + error_function(z * static_cast<T>(std::numbers::sqrt2 / 2)));
    }
    template <class T>
    T derivative(T z, T) const {
      const T density = exponential(-z * z / 2) * static_cast<T>(std::numbers::inv_sqrtpi / std::numbers::sqrt2);
      return (1 + error_function(z * static_cast<T>(std::numbers::sqrt2 / 2))) / 2 + z * density;
    }
  };
  struct WithTanh {
    template <class T>
    T value(T z) const {
      return z / 2 * (1 + tanh_of(z));
    }
    template <class T>
    T derivative(T z, T) const {
      const T t = tanh_of(z);
      return (1 + t) / 2 + z / 2 * (1 - t * t) * static_cast<T>(slope_) * (1 + 3 * static_cast<T>(cubic_) * z * z);
    }
    template <class T>
    static T tanh_of(T z) {
      return hyperbolic_tangent(static_cast<T>(slope_) * (z + static_cast<T>(cubic_) * z * z * z));
    }
  };
  template <class Use>
  auto in_form(const Use& use) const {
    return approximate ? use(WithTanh{}) : use(WithErf{});
  }
  template <class T>
  T value(T z) const {
    return in_form([&](const auto& form) { return form.value(z); });
  }
  template <class T>
  T derivative(T z, T y) const {
    return in_form([&](const auto& form) { return form.derivative(z, y); });
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    std::string inner;
    if (approximate) {
      const std::string cube = graph.add("Mul", name + "/cube", {graph.add("Mul", name + "/square", {z, z}), z});
      const std::string bent =
          graph.add("Add", name + "/bent",
                    {z, graph.add("Mul", name + "/cubic", {cube, scalar(graph, name + "/cubic_factor", cubic_)})});
      inner = graph.add("Tanh", name + "/tanh",
                        {graph.add("Mul", name + "/sloped", {bent, scalar(graph, name + "/slope", slope_)})});
    } else {
      inner = graph.add(
          "Erf", name + "/erf",
          {graph.add("Mul", name + "/scaled", {z, scalar(graph, name + "/inverse_root", std::numbers::sqrt2 / 2)})});
    }
    const std::string half = graph.add("Mul", name + "/half", {z, scalar(graph, name + "/one_half", 0.5)});
    return graph.add("Mul", name,
                     {half, graph.add("Add", name + "/above_zero", {inner, scalar(graph, name + "/one", 1)})});
  }
};

struct Silu : PlainFunction {
  static constexpr std::string_view op = "silu", summary = "z sigmoid(z), also called swish", onnx = "";
  static constexpr ValueLimits limits() { return {.least = -0.2785}; }
  static constexpr bool reads_output = false;
  Eltwise fused() const { return {.kind = Eltwise::Kind::swish, .alpha = 1}; }
  template <class T>
  T value(T z) const {
    return z * sigmoid(z);
  }
  template <class T>
  T derivative(T z, T) const {
    const T s = sigmoid(z);
    return s * (1 + z * (1 - s));
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Mul", name, {z, graph.add("Sigmoid", name + "/sigmoid", {z})});
  }
};

// Written out for ONNX: HardSwish itself needs opset 14.
struct HardSwish : PlainFunction {
  static constexpr std::string_view op = "hard_swish", summary = "z hard_sigmoid(z), also called hard_silu", onnx = "";
  static constexpr ValueLimits limits() { return {.least = -0.375}; }
  static constexpr bool reads_output = false;
  template <class T>
  T value(T z) const {
    return z * hard_sigmoid(z);
  }
  template <class T>
  T derivative(T z, T) const {
    return z <= -3 ? T{0} : z >= 3 ? T{1} : z / 3 + static_cast<T>(0.5);
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Mul", name,
                     {z, graph.add("HardSigmoid", name + "/hard_sigmoid", {z}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}})});
  }
};

// Misra, "Mish", 2019. Written out for ONNX: Mish itself needs opset 18.
struct Mish : PlainFunction {
  static constexpr std::string_view op = "mish", summary = "z tanh(softplus(z))", onnx = "";
  static constexpr ValueLimits limits() { return {.least = -0.3089}; }
  static constexpr bool reads_output = false;
  Eltwise fused() const { return {.kind = Eltwise::Kind::mish}; }
  template <class T>
  T value(T z) const {
    return z * tanh_of_softplus(z);
  }
  template <class T>
  T derivative(T z, T) const {
    const T t = tanh_of_softplus(z);
    return t + z * (1 - t * t) * sigmoid(z);
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Mul", name,
                     {z, graph.add("Tanh", name + "/tanh", {graph.add("Softplus", name + "/softplus", {z})})});
  }
};

}  // namespace

std::vector<ActivationRow> gated_rows() {
  return {elementwise_row<Gelu>(), elementwise_row<Silu>({"swish"}), elementwise_row<HardSwish>({"hard_silu"}),
          elementwise_row<Mish>()};
}

}  // namespace millrace
