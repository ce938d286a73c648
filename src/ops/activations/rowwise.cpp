// SPDX-License-Identifier: Apache-2.0
//
// Activations whose outputs depend on all units of the row: softmax and log_softmax.
#include "kernels/elementary.hpp"
#include "kernels/lanes.hpp"
#include "ops/activations/elementwise.hpp"

namespace millrace {

namespace {

// y = exp(z - max z) / sum. T is float in the step and double in the reference.
template <class T>
MILLRACE_INLINE void softmax(const T* z, T* y, std::int64_t columns) {
  const T largest = largest_in_lanes(z, columns);
  for (std::int64_t i = 0; i < columns; ++i) y[i] = exponential(z[i] - largest);
  const T sum = sum_in_lanes<T>(columns, [&](std::int64_t i) { return y[i]; });
  for (std::int64_t i = 0; i < columns; ++i) y[i] /= sum;
}
// dz_i = y_i (dy_i - sum_j y_j dy_j)
MILLRACE_INLINE void softmax_delta(const float* y, float* delta, std::int64_t columns) {
  const auto weighted = sum_in_lanes<float>(columns, [&](std::int64_t i) { return y[i] * delta[i]; });
  for (std::int64_t i = 0; i < columns; ++i) delta[i] = y[i] * (delta[i] - weighted);
}

// y = z - log sum exp z
template <class T>
MILLRACE_INLINE void log_softmax(const T* z, T* y, std::int64_t columns) {
  const T log_sum = log_sum_exp_in_lanes(z, columns);
  for (std::int64_t i = 0; i < columns; ++i) y[i] = z[i] - log_sum;
}
// dz_i = dy_i - exp(y_i) sum_j dy_j
MILLRACE_INLINE void log_softmax_delta(const float* y, float* delta, std::int64_t columns) {
  const auto sum = sum_in_lanes<float>(columns, [&](std::int64_t i) { return delta[i]; });
  for (std::int64_t i = 0; i < columns; ++i) delta[i] -= exponential(y[i]) * sum;
}

class Softmax final : public Activation {
 public:
  using Activation::Activation;
  bool normalizes_rows() const override { return true; }
  ValueRange range() const override { return ValueRange::probabilities; }
  bool backward_reads_output() const override { return true; }
  void forward(StridedRows<const float> z, StridedRows<float> y, std::int64_t rows,
               std::int64_t columns) const override {
    for (std::int64_t r = 0; r < rows; ++r) vectorized<softmax<float>>(z.row(r), y.row(r), columns);
  }
  void backward(StridedRows<const float> y, StridedRows<float> delta, std::int64_t rows,
                std::int64_t columns) const override {
    for (std::int64_t r = 0; r < rows; ++r) vectorized<softmax_delta>(y.row(r), delta.row(r), columns);
  }
  void reference(std::span<const double> z, std::span<double> y) const override {
    softmax(z.data(), y.data(), std::ssize(z));
  }
  std::string to_onnx(PlainGraph& graph, const std::string& input, const std::string& name) const override {
    return graph.add("Softmax", name, {input}, {{"axis", std::int64_t{-1}}});
  }
};

class LogSoftmax final : public Activation {
 public:
  using Activation::Activation;
  bool normalizes_rows() const override { return true; }
  ValueRange range() const override { return ValueRange::logs_of_probabilities; }
  bool backward_reads_output() const override { return true; }
  void forward(StridedRows<const float> z, StridedRows<float> y, std::int64_t rows,
               std::int64_t columns) const override {
    for (std::int64_t r = 0; r < rows; ++r) vectorized<log_softmax<float>>(z.row(r), y.row(r), columns);
  }
  void backward(StridedRows<const float> y, StridedRows<float> delta, std::int64_t rows,
                std::int64_t columns) const override {
    for (std::int64_t r = 0; r < rows; ++r) vectorized<log_softmax_delta>(y.row(r), delta.row(r), columns);
  }
  void reference(std::span<const double> z, std::span<double> y) const override {
    log_softmax(z.data(), y.data(), std::ssize(z));
  }
  std::string to_onnx(PlainGraph& graph, const std::string& input, const std::string& name) const override {
    return graph.add("LogSoftmax", name, {input}, {{"axis", std::int64_t{-1}}});
  }
};

struct SoftmaxOptions : NoOptions {
  static constexpr std::string_view op = "softmax", summary = "exp(z) / sum over the units of exp(z)", onnx = "Softmax";
};
struct LogSoftmaxOptions : NoOptions {
  static constexpr std::string_view op = "log_softmax", summary = "log of softmax", onnx = "LogSoftmax";
};

template <OptionStruct Options, class Implementation>
ActivationRow row() {
  return {.name = Options::op,
          .summary = Options::summary,
          .options = &describe_options<Options>,
          .make = [](const OpConfig& config, Semantics) -> std::shared_ptr<const Activation> {
            static_cast<void>(options_from<Options>(config));  // there are none, so any option is refused
            return std::make_shared<Implementation>(std::string(Options::op));
          },
          .onnx_op = Options::onnx};
}

}  // namespace

std::vector<ActivationRow> rowwise_rows() {
  return {row<SoftmaxOptions, Softmax>(), row<LogSoftmaxOptions, LogSoftmax>()};
}

}  // namespace millrace
