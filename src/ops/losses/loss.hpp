// SPDX-License-Identifier: Apache-2.0
//
// A loss: a value and a gradient for each row.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/config.hpp"
#include "millrace/losses.hpp"
#include "ops/activations/activation.hpp"
#include "ops/op_text.hpp"

namespace millrace {

/// Rows of a batch with everything that a loss reads and writes.
struct LossBatch {
  std::int64_t rows = 0, outputs = 0;
  StridedRows<const float> output;          ///< [rows x outputs] the model's output; its logits where the loss is fused
  StridedRows<const float> target;          ///< [rows x target width]
  const float* weights = nullptr;           ///< [rows], or null: every row weighs 1
  StridedRows<const float> member_weights;  ///< [members x rows] for each member of an ensemble, instead; or null
  StridedRows<float> prediction;            ///< fused only: = the activation of the logits; data may be null
  StridedRows<float> delta;                 ///< = scale * weight * d(row loss)/d(output); data null: not wanted
  float scale = 1;                          ///< 1 / what the batch's loss is divided by: its rows, or their weights
  double* row_losses_sum = nullptr;         ///< = the sum over these rows of weight * row loss, in row order
};

class Loss {
 public:
  virtual ~Loss() = default;
  [[nodiscard]] virtual TargetKind targets() const = 0;
  /// A single output, or a label, means yes above it: 0 for logits and margins, 0.5 for probabilities.
  [[nodiscard]] virtual double threshold() const { return takes_logits() ? 0 : 0.5; }
  /// Whether outputs below 0 make no sense to the loss: it takes their logarithm.
  [[nodiscard]] virtual bool needs_positive_outputs() const { return false; }
  /// The activation that the loss computes itself, from logits, if the model ends in it; empty: none.
  [[nodiscard]] virtual std::string_view fused_activation() const { return {}; }
  /// Whether the outputs of the model are logits. A loss with a fused_activation() takes probabilities.
  [[nodiscard]] virtual bool takes_logits() const { return false; }
  /// Number of target columns for a model with `outputs` outputs.
  [[nodiscard]] virtual std::int64_t target_width(std::int64_t outputs) const { return outputs; }
  /// Throws Error{usage} if the loss is not defined for `outputs` outputs (a softmax of one).
  virtual void check_outputs(std::int64_t /*outputs*/) const {}
  /// Why the loss cannot take this target: "7, expected a class from 0 to 4". Empty: it can.
  [[nodiscard]] virtual std::string target_problem(float /*value*/, std::int64_t /*outputs*/) const { return {}; }
  /// What to do about such a target if 0 is none of the targets: "if classes are counted from 1, subtract 1". Empty:
  /// nothing is known.
  [[nodiscard]] virtual std::string target_remedy(float /*value*/, std::int64_t /*outputs*/) const { return {}; }
  /// The same for column number `column` of the targets.
  [[nodiscard]] virtual std::string column_problem(std::int64_t /*column*/, float value, std::int64_t outputs) const {
    return target_problem(value, outputs);
  }
  [[nodiscard]] virtual std::string column_remedy(std::int64_t /*column*/, float value, std::int64_t outputs) const {
    return target_remedy(value, outputs);
  }
  /// The loss of output number `output` of a network; null: nothing trains that output.
  [[nodiscard]] virtual const Loss* of_output(std::size_t /*output*/) const { return this; }
  /// Computes the batch. `fused`: its outputs are the logits of fused_activation().
  virtual void rows(const LossBatch& rows, bool fused) const = 0;
  /// The loss of one row in double, from the outputs of the model (not logits): the reference for tests.
  [[nodiscard]] virtual double reference(std::span<const double> output, std::span<const double> target) const = 0;
};

struct LossRow {
  std::string_view name;
  std::vector<std::string_view> aliases;
  std::string_view summary;
  std::vector<OptionInfo> (*options)(Semantics);
  std::shared_ptr<const Loss> (*make)(const OpConfig& config, Semantics semantics);
  std::string_view output_activation;        ///< the usual last activation of a model with this loss
  std::vector<std::string_view> examples{};  ///< options to test, as users write them, besides the plain name
};

[[nodiscard]] std::span<const LossRow> loss_table();
[[nodiscard]] const LossRow& loss_row(std::string_view name);
/// "mse", "binary_crossentropy:label_smoothing=0.1".
[[nodiscard]] LossConfig parse_loss(const std::string& text);
[[nodiscard]] LossConfig resolved(const LossConfig& given);
[[nodiscard]] std::shared_ptr<const Loss> make_loss(const LossConfig& config, Semantics semantics = Semantics::keras);

template <OptionStruct Options, class Implementation>
[[nodiscard]] LossRow loss_row_of(std::string_view summary, std::string_view output_activation,
                                  std::vector<std::string_view> aliases = {},
                                  std::vector<std::string_view> examples = {}) {
  return {.name = Options::op,
          .aliases = std::move(aliases),
          .summary = summary,
          .options = &describe_options<Options>,
          .make = [](const OpConfig& config, Semantics semantics) -> std::shared_ptr<const Loss> {
            return std::make_shared<Implementation>(options_from<Options>(config, semantics), semantics);
          },
          .output_activation = output_activation,
          .examples = std::move(examples)};
}

}  // namespace millrace
