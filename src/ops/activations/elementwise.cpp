// SPDX-License-Identifier: Apache-2.0
//
// Elementwise activations: a struct with f and its derivative, and a row in elementwise_rows() below.
// Formulas and default options are Keras's (keras.activations).
#include "ops/activations/elementwise.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/vectorize.hpp"

namespace millrace {

namespace {

// Options of an activation that has none.
template <class Self>
struct Plain {
  static constexpr auto fields() { return std::tuple{}; }
  [[nodiscard]] Eltwise fused() const { return {}; }
};

// An activation is a struct with: op, summary, onnx (the operator it is read back from, or empty), fields(), fused(),
// reads_output (whether derivative uses y), value(z), derivative(z, y), to_onnx(). What is missing does not compile.
template <class F>
concept ElementwiseFunction = OptionStruct<F> && requires(const F f, double x, PlainGraph& graph, std::string text) {
  { F::summary } -> std::convertible_to<std::string_view>;
  { F::onnx } -> std::convertible_to<std::string_view>;
  { F::reads_output } -> std::convertible_to<bool>;
  { f.fused() } -> std::same_as<Eltwise>;
  { f.value(x) } -> std::same_as<double>;
  { f.derivative(x, x) } -> std::same_as<double>;
  { f.to_onnx(graph, text, text) } -> std::same_as<std::string>;
};

struct Linear : Plain<Linear> {
  static constexpr std::string_view op = "linear", summary = "z", onnx = "Identity";
  static constexpr bool reads_output = true;
  template <class T> T value(T z) const { return z; }
  template <class T> T derivative(T, T) const { return 1; }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const { return graph.add("Identity", name, {z}); }
};

struct Relu : Plain<Relu> {
  static constexpr std::string_view op = "relu", summary = "max(z, 0)", onnx = "Relu";
  static constexpr bool reads_output = true;
  Eltwise fused() const { return {.kind = Eltwise::Kind::relu}; }
  template <class T> T value(T z) const { return z > 0 ? z : T{0}; }
  template <class T> T derivative(T, T y) const { return y > 0 ? T{1} : T{0}; }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const { return graph.add("Relu", name, {z}); }
};

struct LeakyRelu {
  static constexpr std::string_view op = "leaky_relu", summary = "z where z > 0, else alpha z", onnx = "LeakyRelu";
  static constexpr bool reads_output = true;
  double alpha = 0.2;
  static constexpr auto fields() { return std::tuple{field("alpha", &LeakyRelu::alpha, "slope below zero", not_negative)}; }
  Eltwise fused() const { return {.kind = Eltwise::Kind::relu, .alpha = static_cast<float>(alpha)}; }
  template <class T> T value(T z) const { return z > 0 ? z : static_cast<T>(alpha) * z; }
  template <class T> T derivative(T, T y) const { return y > 0 ? T{1} : static_cast<T>(alpha); }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("LeakyRelu", name, {z}, {{"alpha", static_cast<float>(alpha)}});
  }
};

struct Sigmoid : Plain<Sigmoid> {
  static constexpr std::string_view op = "sigmoid", summary = "1 / (1 + exp(-z))", onnx = "Sigmoid";
  static constexpr bool reads_output = true;
  Eltwise fused() const { return {.kind = Eltwise::Kind::sigmoid}; }
  // exp of a negative number only: it cannot overflow.
  template <class T> T value(T z) const {
    const T e = std::exp(-std::abs(z));
    return (z >= 0 ? T{1} : e) / (1 + e);
  }
  template <class T> T derivative(T, T y) const { return y * (1 - y); }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const { return graph.add("Sigmoid", name, {z}); }
};

struct Tanh : Plain<Tanh> {
  static constexpr std::string_view op = "tanh", summary = "hyperbolic tangent", onnx = "Tanh";
  static constexpr bool reads_output = true;
  Eltwise fused() const { return {.kind = Eltwise::Kind::tanh}; }
  template <class T> T value(T z) const { return std::tanh(z); }
  template <class T> T derivative(T, T y) const { return 1 - y * y; }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const { return graph.add("Tanh", name, {z}); }
};

struct Elu {
  static constexpr std::string_view op = "elu", summary = "z where z > 0, else alpha (exp(z) - 1)", onnx = "Elu";
  static constexpr bool reads_output = true;
  double alpha = 1;
  static constexpr auto fields() { return std::tuple{field("alpha", &Elu::alpha, "limit below zero", not_negative)}; }
  Eltwise fused() const { return {.kind = Eltwise::Kind::elu, .alpha = static_cast<float>(alpha)}; }
  template <class T> T value(T z) const { return z > 0 ? z : static_cast<T>(alpha) * std::expm1(z); }
  template <class T> T derivative(T, T y) const { return y > 0 ? T{1} : y + static_cast<T>(alpha); }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Elu", name, {z}, {{"alpha", static_cast<float>(alpha)}});
  }
};

// Klambauer, Unterthiner, Mayr, Hochreiter, "Self-normalizing neural networks", 2017.
struct Selu : Plain<Selu> {
  static constexpr std::string_view op = "selu", summary = "1.0507 elu with alpha 1.6733", onnx = "Selu";
  static constexpr bool reads_output = true;
  static constexpr double alpha_ = 1.6732632423543772848170429916717, scale_ = 1.0507009873554804934193349852946;
  template <class T> T value(T z) const { return static_cast<T>(scale_) * (z > 0 ? z : static_cast<T>(alpha_) * std::expm1(z)); }
  template <class T> T derivative(T, T y) const { return y > 0 ? static_cast<T>(scale_) : y + static_cast<T>(scale_ * alpha_); }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Selu", name, {z}, {{"alpha", static_cast<float>(alpha_)}, {"gamma", static_cast<float>(scale_)}});
  }
};

// A constant of one element beside an exported node.
std::string scalar(PlainGraph& graph, const std::string& name, double value) { return graph.add_constant(name, {}, {static_cast<float>(value)}); }

// Hendrycks, Gimpel, "Gaussian error linear units", 2016. Written out for ONNX: Gelu itself needs opset 20.
struct Gelu {
  static constexpr std::string_view op = "gelu", summary = "z times the normal distribution function of z", onnx = "";
  static constexpr bool reads_output = false;
  bool approximate = false;
  static constexpr auto fields() { return std::tuple{field("approximate", &Gelu::approximate, "with tanh instead of erf")}; }
  Eltwise fused() const { return {.kind = approximate ? Eltwise::Kind::gelu_tanh : Eltwise::Kind::gelu_erf}; }
  static constexpr double cubic_ = 0.044715, slope_ = 0.79788456080286535588;  // sqrt(2 / pi)
  template <class T> T value(T z) const {
    if (approximate) return z / 2 * (1 + std::tanh(static_cast<T>(slope_) * (z + static_cast<T>(cubic_) * z * z * z)));
    return z / 2 * (1 + std::erf(z * static_cast<T>(std::numbers::sqrt2 / 2)));
  }
  template <class T> T derivative(T z, T) const {
    if (approximate) {
      const T t = std::tanh(static_cast<T>(slope_) * (z + static_cast<T>(cubic_) * z * z * z));
      return (1 + t) / 2 + z / 2 * (1 - t * t) * static_cast<T>(slope_) * (1 + 3 * static_cast<T>(cubic_) * z * z);
    }
    const T density = std::exp(-z * z / 2) * static_cast<T>(std::numbers::inv_sqrtpi / std::numbers::sqrt2);
    return (1 + std::erf(z * static_cast<T>(std::numbers::sqrt2 / 2))) / 2 + z * density;
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    std::string inner;
    if (approximate) {
      const std::string cube = graph.add("Mul", name + "/cube", {graph.add("Mul", name + "/square", {z, z}), z});
      const std::string bent = graph.add("Add", name + "/bent", {z, graph.add("Mul", name + "/cubic", {cube, scalar(graph, name + "/cubic_factor", cubic_)})});
      inner = graph.add("Tanh", name + "/tanh", {graph.add("Mul", name + "/sloped", {bent, scalar(graph, name + "/slope", slope_)})});
    } else {
      inner = graph.add("Erf", name + "/erf", {graph.add("Mul", name + "/scaled", {z, scalar(graph, name + "/inverse_root", std::numbers::sqrt2 / 2)})});
    }
    const std::string half = graph.add("Mul", name + "/half", {z, scalar(graph, name + "/one_half", 0.5)});
    return graph.add("Mul", name, {half, graph.add("Add", name + "/above_zero", {inner, scalar(graph, name + "/one", 1)})});
  }
};

struct Silu : Plain<Silu> {
  static constexpr std::string_view op = "silu", summary = "z sigmoid(z), also called swish", onnx = "";
  static constexpr bool reads_output = false;
  Eltwise fused() const { return {.kind = Eltwise::Kind::swish, .alpha = 1}; }
  template <class T> T value(T z) const { return z * Sigmoid{}.value(z); }
  template <class T> T derivative(T z, T) const {
    const T s = Sigmoid{}.value(z);
    return s * (1 + z * (1 - s));
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const { return graph.add("Mul", name, {z, graph.add("Sigmoid", name + "/sigmoid", {z})}); }
};

struct Softplus : Plain<Softplus> {
  static constexpr std::string_view op = "softplus", summary = "log(1 + exp(z))", onnx = "Softplus";
  static constexpr bool reads_output = true;
  Eltwise fused() const { return {.kind = Eltwise::Kind::softplus, .alpha = 1}; }
  template <class T> T value(T z) const { return std::max(z, T{0}) + std::log1p(std::exp(-std::abs(z))); }
  template <class T> T derivative(T, T y) const { return -std::expm1(-y); }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const { return graph.add("Softplus", name, {z}); }
};

struct Softsign : Plain<Softsign> {
  static constexpr std::string_view op = "softsign", summary = "z / (1 + |z|)", onnx = "Softsign";
  static constexpr bool reads_output = true;
  template <class T> T value(T z) const { return z / (1 + std::abs(z)); }
  template <class T> T derivative(T, T y) const { return (1 - std::abs(y)) * (1 - std::abs(y)); }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const { return graph.add("Softsign", name, {z}); }
};

struct HardSigmoid : Plain<HardSigmoid> {
  static constexpr std::string_view op = "hard_sigmoid", summary = "z / 6 + 1/2, within 0 and 1", onnx = "HardSigmoid";
  static constexpr bool reads_output = true;
  template <class T> T value(T z) const { return std::min(T{1}, std::max(T{0}, z / 6 + static_cast<T>(0.5))); }
  template <class T> T derivative(T, T y) const { return y > 0 && y < 1 ? T{1} / 6 : T{0}; }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("HardSigmoid", name, {z}, {{"alpha", 1.0F / 6}, {"beta", 0.5F}});
  }
};

// Written out for ONNX: HardSwish itself needs opset 14.
struct HardSwish : Plain<HardSwish> {
  static constexpr std::string_view op = "hard_swish", summary = "z hard_sigmoid(z), also called hard_silu", onnx = "";
  static constexpr bool reads_output = false;
  template <class T> T value(T z) const { return z * HardSigmoid{}.value(z); }
  template <class T> T derivative(T z, T) const { return z <= -3 ? T{0} : z >= 3 ? T{1} : z / 3 + static_cast<T>(0.5); }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Mul", name, {z, HardSigmoid{}.to_onnx(graph, z, name + "/hard_sigmoid")});
  }
};

// Misra, "Mish", 2019. Written out for ONNX: Mish itself needs opset 18.
struct Mish : Plain<Mish> {
  static constexpr std::string_view op = "mish", summary = "z tanh(softplus(z))", onnx = "";
  static constexpr bool reads_output = false;
  Eltwise fused() const { return {.kind = Eltwise::Kind::mish}; }
  template <class T> T value(T z) const { return z * std::tanh(Softplus{}.value(z)); }
  template <class T> T derivative(T z, T) const {
    const T t = std::tanh(Softplus{}.value(z));
    return t + z * (1 - t * t) * Sigmoid{}.value(z);
  }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const {
    return graph.add("Mul", name, {z, graph.add("Tanh", name + "/tanh", {graph.add("Softplus", name + "/softplus", {z})})});
  }
};

struct Exponential : Plain<Exponential> {
  static constexpr std::string_view op = "exponential", summary = "exp(z)", onnx = "Exp";
  static constexpr bool reads_output = true;
  Eltwise fused() const { return {.kind = Eltwise::Kind::exponential}; }
  template <class T> T value(T z) const { return std::exp(z); }
  template <class T> T derivative(T, T y) const { return y; }
  std::string to_onnx(PlainGraph& graph, const std::string& z, const std::string& name) const { return graph.add("Exp", name, {z}); }
};

// f and f' as one loop each, over rows.
template <class F>
MILLRACE_VECTORIZED void forward_loop(const F f, const float* z, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = f.value(z[i]);
}
template <class F>
MILLRACE_VECTORIZED void backward_output_loop(const F f, const float* y, float* delta, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) delta[i] *= f.derivative(0.0F, y[i]);
}
template <class F>
MILLRACE_VECTORIZED void backward_input_loop(const F f, const float* z, float* delta, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) delta[i] *= f.derivative(z[i], f.value(z[i]));
}

template <ElementwiseFunction F>
class Elementwise final : public Activation {
 public:
  explicit Elementwise(F function) : f_(function) {}

  Eltwise fused() const override {
    Eltwise fused = f_.fused();
    // A function pointer carries no options but the one that the kernel is given too.
    fused.in_place = [](float* values, std::int64_t count, float alpha) { forward_loop(with_alpha(alpha), values, values, count); };
    return f_.fused().kind == Eltwise::Kind::gelu_tanh ? Eltwise{} : fused;
  }
  bool backward_reads_output() const override { return F::reads_output; }
  bool is_linear() const override { return std::same_as<F, Linear>; }

  void forward(Strided<const float> z, Strided<float> y, std::int64_t rows, std::int64_t columns) const override {
    for (std::int64_t r = 0; r < rows; ++r) forward_loop(f_, z.row(r), y.row(r), columns);
  }
  void backward(Strided<const float> saved, Strided<float> delta, std::int64_t rows, std::int64_t columns) const override {
    if (is_linear()) return;
    // Rows without a gap are one long run.
    if (saved.stride == columns && delta.stride == columns) {
      columns *= rows;
      rows = 1;
    }
    for (std::int64_t r = 0; r < rows; ++r) {
      if constexpr (F::reads_output) backward_output_loop(f_, saved.row(r), delta.row(r), columns);
      else backward_input_loop(f_, saved.row(r), delta.row(r), columns);
    }
  }
  void reference(std::span<const double> z, std::span<double> y) const override {
    for (std::size_t i = 0; i < z.size(); ++i) y[i] = f_.value(z[i]);
  }
  std::string to_onnx(PlainGraph& graph, const std::string& input, const std::string& name) const override {
    return f_.to_onnx(graph, input, name);
  }

 private:
  static F with_alpha(float alpha) {
    F function{};
    if constexpr (requires { function.alpha; }) function.alpha = alpha;
    return function;
  }
  F f_;
};

template <ElementwiseFunction F>
ActivationRow row(std::vector<std::string_view> aliases = {}) {
  return {.name = F::op,
          .aliases = std::move(aliases),
          .summary = F::summary,
          .options = &describe_options<F>,
          .make = [](const OpConfig& config) -> std::shared_ptr<const Activation> { return std::make_shared<Elementwise<F>>(options_from<F>(config)); },
          .onnx_op = F::onnx};
}

}  // namespace

std::vector<ActivationRow> elementwise_rows() {
  return {row<Linear>(), row<Relu>(),     row<LeakyRelu>(), row<Sigmoid>(),     row<Tanh>(),      row<Elu>(),  row<Selu>(),       row<Gelu>(),
          row<Silu>({"swish"}),   row<Softplus>(), row<Softsign>(),  row<HardSigmoid>(), row<HardSwish>({"hard_silu"}), row<Mish>(), row<Exponential>()};
}

}  // namespace millrace
