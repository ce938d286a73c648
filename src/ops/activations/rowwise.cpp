// SPDX-License-Identifier: Apache-2.0
//
// Activations in which the units of a row depend on one another: softmax.
#include <algorithm>
#include <cmath>

#include "base/elementary.hpp"
#include "ops/activations/elementwise.hpp"

namespace millrace {

namespace {

// y = exp(z - max z) / sum. T is float in the step and double in the reference.
template <class T>
void softmax(const T* z, T* y, std::int64_t columns) {
  const T largest = *std::max_element(z, z + columns);
  T sum = 0;
  for (std::int64_t i = 0; i < columns; ++i) sum += y[i] = exponential(z[i] - largest);
  for (std::int64_t i = 0; i < columns; ++i) y[i] /= sum;
}

class Softmax final : public Activation {
 public:
  bool backward_reads_output() const override { return true; }
  void forward(Strided<const float> z, Strided<float> y, std::int64_t rows, std::int64_t columns) const override {
    for (std::int64_t r = 0; r < rows; ++r) softmax(z.row(r), y.row(r), columns);
  }
  // dz_i = y_i (dy_i - sum_j y_j dy_j)
  void backward(Strided<const float> y, Strided<float> delta, std::int64_t rows, std::int64_t columns) const override {
    for (std::int64_t r = 0; r < rows; ++r) {
      float weighted = 0;
      for (std::int64_t i = 0; i < columns; ++i) weighted += y.row(r)[i] * delta.row(r)[i];
      for (std::int64_t i = 0; i < columns; ++i) delta.row(r)[i] = y.row(r)[i] * (delta.row(r)[i] - weighted);
    }
  }
  void reference(std::span<const double> z, std::span<double> y) const override {
    softmax(z.data(), y.data(), std::ssize(z));
  }
  std::string to_onnx(PlainGraph& graph, const std::string& input, const std::string& name) const override {
    return graph.add("Softmax", name, {input}, {{"axis", std::int64_t{-1}}});
  }
};

// y = z - log sum exp z
template <class T>
void log_softmax(const T* z, T* y, std::int64_t columns) {
  const T largest = *std::max_element(z, z + columns);
  T sum = 0;
  for (std::int64_t i = 0; i < columns; ++i) sum += std::exp(z[i] - largest);
  const T log_sum = largest + std::log(sum);
  for (std::int64_t i = 0; i < columns; ++i) y[i] = z[i] - log_sum;
}

class LogSoftmax final : public Activation {
 public:
  bool backward_reads_output() const override { return true; }
  void forward(Strided<const float> z, Strided<float> y, std::int64_t rows, std::int64_t columns) const override {
    for (std::int64_t r = 0; r < rows; ++r) log_softmax(z.row(r), y.row(r), columns);
  }
  // dz_i = dy_i - exp(y_i) sum_j dy_j
  void backward(Strided<const float> y, Strided<float> delta, std::int64_t rows, std::int64_t columns) const override {
    for (std::int64_t r = 0; r < rows; ++r) {
      float sum = 0;
      for (std::int64_t i = 0; i < columns; ++i) sum += delta.row(r)[i];
      for (std::int64_t i = 0; i < columns; ++i) delta.row(r)[i] -= std::exp(y.row(r)[i]) * sum;
    }
  }
  void reference(std::span<const double> z, std::span<double> y) const override {
    log_softmax(z.data(), y.data(), std::ssize(z));
  }
  std::string to_onnx(PlainGraph& graph, const std::string& input, const std::string& name) const override {
    return graph.add("LogSoftmax", name, {input}, {{"axis", std::int64_t{-1}}});
  }
};

struct SoftmaxOptions {
  static constexpr std::string_view op = "softmax", summary = "exp(z) / sum over the units of exp(z)", onnx = "Softmax";
  static constexpr auto fields() { return std::tuple{}; }
};
struct LogSoftmaxOptions {
  static constexpr std::string_view op = "log_softmax", summary = "log of softmax", onnx = "LogSoftmax";
  static constexpr auto fields() { return std::tuple{}; }
};

template <OptionStruct Options, class Implementation>
ActivationRow row() {
  return {.name = Options::op,
          .summary = Options::summary,
          .options = &describe_options<Options>,
          .make = [](const OpConfig& config, Semantics) -> std::shared_ptr<const Activation> {
            static_cast<void>(options_from<Options>(config));  // refuses options: there are none
            return std::make_shared<Implementation>();
          },
          .onnx_op = Options::onnx};
}

}  // namespace

std::vector<ActivationRow> rowwise_rows() {
  return {row<SoftmaxOptions, Softmax>(), row<LogSoftmaxOptions, LogSoftmax>()};
}

}  // namespace millrace
