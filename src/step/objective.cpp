// SPDX-License-Identifier: Apache-2.0
#include "step/objective.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "ops/losses/joined.hpp"
#include "step/batch_memory.hpp"
#include "step/loss_inputs.hpp"

namespace millrace {

namespace {

// The loss of one of several outputs, of its predictions. It is divided as the whole loss is (loss_divisor()), so that the
// whole is the weighted sum of these.
class LossMetric final : public SumMetric {
 public:
  LossMetric(std::shared_ptr<const Loss> loss, Semantics semantics)
      : loss_(std::move(loss)), counts_rows_(semantics == Semantics::keras) {}
  bool larger_is_better() const override { return false; }
  std::int64_t state_size(std::int64_t) const override { return 2; }
  // sums: of weight * loss, and of what it is divided by
  void update(const MetricBatch& rows, std::span<double> sums) const override {
    double sum = 0;
    loss_->rows({.rows = rows.rows,
                 .outputs = rows.outputs,
                 .output = rows.prediction,
                 .target = rows.target,
                 .weights = rows.weights,
                 .prediction = {},
                 .delta = {},
                 .row_losses_sum = &sum},
                false);
    sums[0] += sum;
    for (std::int64_t r = 0; r < rows.rows; ++r) sums[1] += counts_rows_ ? 1 : rows.weight(r);
  }

 protected:
  double value(std::span<const double> sums) const override { return sums[1] > 0 ? sums[0] / sums[1] : 0; }

 private:
  std::shared_ptr<const Loss> loss_;
  bool counts_rows_;
};

std::vector<std::string_view> names_of_outputs(const Network& network) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < network.outputs().size(); ++i) names.push_back(network.output_name(i));
  return names;
}

void check_names(const Network& network, const std::vector<OutputOptions>& outputs) {
  const std::vector<std::string_view> names = names_of_outputs(network);
  for (const OutputOptions& output : outputs) {
    if (std::ranges::find(names, output.output) == names.end())
      fail(ErrorKind::usage, "compile", unknown_name("output", output.output, names));
    if (std::ranges::count(outputs, output.output, &OutputOptions::output) > 1)
      fail(ErrorKind::usage, "compile", "output '" + output.output + "' is given twice, expected it once");
  }
}

// Nothing may be left untrained by mistake.
void check_trained(const Network& network, const Loss& loss) {
  const std::vector<char> judged = judged_values(network, &loss);
  for (int node = static_cast<int>(network.nodes().size()) - 1; node >= 0; --node) {
    const NetworkNode& layer = network.nodes()[node];
    if (judged[network.input_count() + node] != 0) continue;
    for (const int parameter : layer.parameters) {
      if (!network.parameters()[parameter].spec.trainable) continue;
      fail(ErrorKind::usage, layer.name,
           "no output with a loss depends on this layer, expected a loss that trains it, or trainable = false");
    }
  }
}

struct Parts {
  std::vector<LossPart> losses;
  std::vector<MetricPart> metrics;
};

Parts parts_of(const Network& network, const std::vector<OutputOptions>& outputs) {
  Parts parts;
  std::int64_t targets = 0;
  for (std::size_t i = 0; i < network.outputs().size(); ++i) {
    const NetworkOutput& at = network.outputs()[i];
    LossPart& part = parts.losses.emplace_back();
    part.first_output = at.first;
    part.outputs = at.width;
    part.first_target = targets;
    const auto options = std::ranges::find(outputs, network.output_name(i), &OutputOptions::output);
    if (options == outputs.end() || options->loss.op.empty()) {
      if (options != outputs.end() && !options->metrics.empty())
        fail(ErrorKind::usage, options->output,
             "the output has metrics and no loss, expected a loss: it says the targets");
      continue;
    }
    part.loss = make_loss(options->loss, network.semantics());
    part.weight = options->weight;
    part.targets = part.loss->target_width(at.width);
    part.fused = takes_activation(part.loss.get(), network, at);
    targets += part.targets;
    parts.metrics.push_back({.prefix = options->output + "_",
                             .metrics = options->metrics,
                             .first = std::make_shared<LossMetric>(part.loss, network.semantics()),
                             .first_output = part.first_output,
                             .outputs = part.outputs,
                             .first_target = part.first_target,
                             .targets = part.targets});
  }
  return parts;
}

// Each member of an ensemble has the same loss.
std::shared_ptr<const Loss> loss_of_members(const Network& network, const std::shared_ptr<const Loss>& loss) {
  std::vector<LossPart> parts;
  for (const NetworkOutput& member : network.trained_outputs())
    parts.push_back({.loss = loss,
                     .first_output = member.first,
                     .outputs = member.width,
                     .targets = loss->target_width(member.width),
                     .fused = takes_activation(loss.get(), network, member)});
  const auto members = static_cast<double>(parts.size());
  return std::make_shared<JoinedLoss>(std::move(parts), members);
}

}  // namespace

Objective::Objective(const Network& network, const CompileOptions& options, const MetricView& view) {
  if (!options.outputs.empty()) {
    if (view.unit)
      fail(ErrorKind::usage, "compile", "targets of several outputs are scaled, expected targets in their own unit");
    check_names(network, options.outputs);
    Parts parts = parts_of(network, options.outputs);
    metrics = MetricSet(parts.metrics, {}, options.weighted_metrics);
    loss = training_loss = std::make_shared<JoinedLoss>(std::move(parts.losses));
    check_outputs(network, *loss);
    check_trained(network, *loss);
    return;
  }
  if (network.outputs().size() > 1)
    fail(ErrorKind::usage, "compile",
         "the model has the outputs " + join(names_of_outputs(network)) +
             " and one loss, expected a loss for each in CompileOptions::outputs");
  loss = make_loss(options.loss, network.semantics());
  training_loss = network.is_ensemble() ? loss_of_members(network, loss) : loss;
  check_outputs(network, *training_loss);
  const std::int64_t targets = loss->target_width(network.output_width());
  if (view.unit && (targets != network.output_width() || loss->targets() != TargetKind::numbers))
    fail(ErrorKind::usage, options.loss.op,
         "the targets of this loss are not numbers, one per output, which could be scaled; expected a loss of numbers, "
         "or no scale");
  metrics = MetricSet(options.metrics, network.output_width(), targets, view, options.weighted_metrics);
}

}  // namespace millrace
