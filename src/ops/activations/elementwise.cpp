// SPDX-License-Identifier: Apache-2.0
//
// Elementwise activations: a struct with f and its derivative, and a row in elementwise_rows() below.
// Formulas and default options are Keras's (keras.activations).
#include "ops/activations/elementwise.hpp"

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
    // Only functions without options have such a form here but LeakyReLU, whose slope the kernel is given; the
    // fallback of a product without oneDNN needs plain code, which a function pointer can carry for defaults only.
    fused.in_place = [](float* values, std::int64_t count, float alpha) { forward_loop(with_alpha(alpha), values, values, count); };
    return fused;
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
ActivationRow row() {
  return {.name = F::op,
          .summary = F::summary,
          .options = &describe_options<F>,
          .make = [](const OpConfig& config) -> std::shared_ptr<const Activation> { return std::make_shared<Elementwise<F>>(options_from<F>(config)); },
          .onnx_op = F::onnx};
}

}  // namespace

std::vector<ActivationRow> elementwise_rows() { return {row<Linear>(), row<Relu>(), row<LeakyRelu>(), row<Sigmoid>(), row<Tanh>()}; }

}  // namespace millrace
