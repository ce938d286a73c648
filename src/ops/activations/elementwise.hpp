// SPDX-License-Identifier: Apache-2.0
//
// An elementwise activation from its formula, for the families beside this file: rectified, bounded, gated.
#pragma once

#include <cmath>
#include <vector>

#include "base/vectorize.hpp"
#include "ops/activations/activation.hpp"

namespace millrace {

[[nodiscard]] std::vector<ActivationRow> rectified_rows();
[[nodiscard]] std::vector<ActivationRow> bounded_rows();
[[nodiscard]] std::vector<ActivationRow> gated_rows();
[[nodiscard]] std::vector<ActivationRow> rowwise_rows();

/// Base of an activation without options. By default a matrix product does not apply it.
struct PlainFunction : NoOptions {
  [[nodiscard]] Eltwise fused() const { return {}; }
};

/// An elementwise activation is a struct with op, summary, onnx (the operator that is read as it, or empty), fields(),
/// fused(), reads_output (whether derivative uses y), value(z), derivative(z, y), to_onnx(), limits() unless its values are
/// any numbers, `range` instead if they are probabilities, and dead_side = true if it is constant below 0. The compiler
/// names a missing part.
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

// f and f' as one loop each, over rows.
template <class F>
MILLRACE_INLINE void forward_loop(const F f, const float* z, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = f.value(z[i]);
}
template <class F>
MILLRACE_INLINE void backward_output_loop(const F f, const float* y, float* delta, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) delta[i] *= f.derivative(0.0F, y[i]);
}
template <class F>
MILLRACE_INLINE void backward_input_loop(const F f, const float* z, float* delta, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) delta[i] *= f.derivative(z[i], f.value(z[i]));
}

// Calls use(f). A function with several formulas has `in_form`, which calls use with the formula that its options choose,
// so that loops do not choose.
template <class F, class Use>
void use_form(const F& f, const Use& use) {
  if constexpr (requires { f.in_form(use); })
    f.in_form(use);
  else
    use(f);
}

template <ElementwiseFunction F>
class Elementwise final : public Activation {
 public:
  Elementwise(F function, std::string text) : Activation(std::move(text)), f_(function) {}

  Eltwise fused() const override {
    Eltwise fused = f_.fused();
    // A function pointer carries no options but alpha, a parameter of the kernel. So a function with others is not fused.
    fused.in_place = [](float* values, std::int64_t count, float alpha) {
      use_form(with_alpha(alpha),
               [&]<class Form>(const Form& f) { vectorized<forward_loop<Form>>(f, values, values, count); });
    };
    return fused;
  }
  bool backward_reads_output() const override { return F::reads_output; }
  bool is_linear() const override { return F::op == "linear"; }
  bool has_dead_side() const override {
    return requires { F::dead_side; };
  }
  ValueRange range() const override {
    if constexpr (requires { F::range; }) return F::range;
    return ValueRange::numbers;
  }
  ValueLimits limits() const override {
    if constexpr (requires { f_.limits(); }) return f_.limits();
    return Activation::limits();
  }

  void forward(StridedRows<const float> z, StridedRows<float> y, std::int64_t rows,
               std::int64_t columns) const override {
    join_rows(z.stride, y.stride, rows, columns);
    use_form(f_, [&]<class Form>(const Form& f) {
      for (std::int64_t r = 0; r < rows; ++r) vectorized<forward_loop<Form>>(f, z.row(r), y.row(r), columns);
    });
  }
  void backward(StridedRows<const float> saved, StridedRows<float> delta, std::int64_t rows,
                std::int64_t columns) const override {
    if (is_linear()) return;
    join_rows(saved.stride, delta.stride, rows, columns);
    use_form(f_, [&]<class Form>(const Form& f) {
      for (std::int64_t r = 0; r < rows; ++r) {
        if constexpr (F::reads_output)
          vectorized<backward_output_loop<Form>>(f, saved.row(r), delta.row(r), columns);
        else
          vectorized<backward_input_loop<Form>>(f, saved.row(r), delta.row(r), columns);
      }
    });
  }
  void reference(std::span<const double> z, std::span<double> y) const override {
    for (std::size_t i = 0; i < z.size(); ++i) y[i] = f_.value(z[i]);
  }
  std::string to_onnx(PlainGraph& graph, const std::string& input, const std::string& name) const override {
    return f_.to_onnx(graph, input, name);
  }

 private:
  // Rows without a gap are one long run.
  static void join_rows(std::int64_t stride, std::int64_t other_stride, std::int64_t& rows, std::int64_t& columns) {
    if (stride != columns || other_stride != columns) return;
    columns *= rows;
    rows = 1;
  }
  static F with_alpha(float alpha) {
    F function{};
    if constexpr (requires { function.alpha; }) function.alpha = alpha;
    return function;
  }
  F f_;
};

template <ElementwiseFunction F>
ActivationRow elementwise_row(std::vector<std::string_view> aliases = {}) {
  return {.name = F::op,
          .aliases = std::move(aliases),
          .summary = F::summary,
          .options = &describe_options<F>,
          .make = [](const OpConfig& config, Semantics semantics) -> std::shared_ptr<const Activation> {
            const F function = options_from<F>(config, semantics);
            return std::make_shared<Elementwise<F>>(function, shortest_text(function, describe_options<F>(semantics)));
          },
          .onnx_op = F::onnx};
}

}  // namespace millrace
