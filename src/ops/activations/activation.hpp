// SPDX-License-Identifier: Apache-2.0
//
// Activations y = f(z) and their derivatives. An activation in the table is tested, exported and known to every command.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/strided_rows.hpp"
#include "kernels/matmul.hpp"
#include "millrace/config.hpp"
#include "ops/graph_node.hpp"
#include "ops/op_text.hpp"

namespace millrace {

/// What a loss has to know about the outputs of an activation.
enum class ValueRange { numbers, probabilities, logs_of_probabilities };

/// No value is below `least` or above `most`, and some come as close as you like.
struct ValueLimits {
  double least = -std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::infinity();
};

/// An activation with its options.
class Activation {
 public:
  explicit Activation(std::string text) : text_(std::move(text)) {}
  Activation(const Activation&) = delete;
  Activation& operator=(const Activation&) = delete;
  virtual ~Activation() = default;

  /// The shortest text that means it, whatever the user wrote: "silu", "leaky_relu:alpha=0.1".
  [[nodiscard]] const std::string& text() const { return text_; }
  /// The name of its row: "leaky_relu".
  [[nodiscard]] std::string_view name() const { return std::string_view(text_).substr(0, text_.find(':')); }

  /// How a matrix product applies f to its result; kind none if it cannot.
  [[nodiscard]] virtual Eltwise fused() const { return {}; }
  /// Whether backward is given y = f(z) (true) or z (false).
  [[nodiscard]] virtual bool backward_reads_output() const = 0;
  /// y = f(z), row by row; y may be z.
  virtual void forward(StridedRows<const float> z, StridedRows<float> y, std::int64_t rows,
                       std::int64_t columns) const = 0;
  /// delta = delta * df/dz in place; `saved` is y or z, as backward_reads_output() says.
  virtual void backward(StridedRows<const float> saved, StridedRows<float> delta, std::int64_t rows,
                        std::int64_t columns) const = 0;
  /// The same function in double on one row: the reference for tests.
  virtual void reference(std::span<const double> z, std::span<double> y) const = 0;
  /// Appends nodes computing f of `input`; returns the name of their output, which is `name`.
  virtual std::string to_onnx(PlainGraph& graph, const std::string& input, const std::string& name) const = 0;
  [[nodiscard]] virtual ValueRange range() const { return ValueRange::numbers; }
  /// By default those of range().
  [[nodiscard]] virtual ValueLimits limits() const;
  /// Whether f is the identity, which needs no computation.
  [[nodiscard]] virtual bool is_linear() const { return false; }
  /// Whether f is 0, and its derivative too, for all z below 0, so that a unit may stop learning.
  [[nodiscard]] virtual bool has_dead_side() const { return false; }
  /// Whether the values of a row, or their exponentials, add up to 1, so that a single one is always the same.
  [[nodiscard]] virtual bool normalizes_rows() const { return false; }

 private:
  std::string text_;
};

struct ActivationRow {
  std::string_view name;
  std::vector<std::string_view> aliases{};
  std::string_view summary;
  std::vector<OptionInfo> (*options)(Semantics);
  std::shared_ptr<const Activation> (*make)(const OpConfig& config, Semantics semantics);
  std::string_view onnx_op;  ///< the ONNX operator that is read as this activation; empty: no single one
};

[[nodiscard]] std::span<const ActivationRow> activation_table();
/// Throws Error{usage} listing the known names.
[[nodiscard]] const ActivationRow& activation_row(std::string_view name);

/// "relu", "leaky_relu:0.1", "elu:alpha=0.5". Throws Error{usage}.
[[nodiscard]] OpConfig parse_activation(const std::string& text);
[[nodiscard]] std::shared_ptr<const Activation> make_activation(const std::string& text,
                                                                Semantics semantics = Semantics::keras);

}  // namespace millrace
