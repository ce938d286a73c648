// SPDX-License-Identifier: Apache-2.0
#include "support/reference.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"

namespace millrace::test {

namespace {

// Keeps the gradient instead of using it.
class RecordingOptimizer final : public Optimizer {
 public:
  double learning_rate() const override { return 0; }
  std::vector<std::string_view> slots() const override { return {"gradient"}; }
  StepConstants constants(std::int64_t, double, std::optional<double>) const override { return {}; }
  bool takes_momentum() const override { return false; }
  void update(const UpdateBlock& b, const StepConstants&) const override {
    for (std::int64_t r = 0; r < b.rows; ++r)
      std::copy_n(b.gradient + r * b.gradient_stride, b.columns, b.slots[0] + r * b.stride);
  }
  void reference(double&, std::span<double>, double, std::int64_t, double) const override {}
};

}  // namespace

std::vector<double> reference_outputs(const Network& network, std::span<const double> parameters,
                                      const ReferenceBatch& batch) {
  std::vector<std::vector<double>> values;
  const std::int64_t width = network.input_width();
  std::int64_t column = 0;
  for (const NetworkInput& input : network.inputs()) {
    const std::int64_t columns = element_count(input.shape);
    std::vector<double>& value = values.emplace_back();
    for (std::int64_t r = 0; r < batch.rows; ++r) {
      const auto begin = batch.x.begin() + r * width + column;
      value.insert(value.end(), begin, begin + columns);
    }
    column += columns;
  }
  for (const NetworkNode& node : network.nodes()) {
    ReferenceOperands operands;
    operands.batch = batch.rows;
    operands.layer_number = static_cast<std::uint64_t>(&node - network.nodes().data());
    for (const int input : node.inputs) operands.inputs.emplace_back(values[input]);
    for (const int index : node.parameters) {
      const NetworkParameter& parameter = network.parameters()[index];
      operands.parameters.push_back(parameters.subspan(parameter.offset, parameter.size));
    }
    std::vector<double> output(batch.rows * element_count(node.output));
    operands.output = output;
    node.layer->reference(operands, node.input_shapes);
    values.push_back(std::move(output));
  }
  return values.back();
}

double reference_loss(const Network& network, const Loss& loss, std::span<const double> parameters,
                      const ReferenceBatch& batch) {
  const std::vector<double> outputs = reference_outputs(network, parameters, batch);
  const std::int64_t width = network.output_width(), target_width = loss.target_width(width);
  double sum = 0, weights = 0;
  for (std::int64_t r = 0; r < batch.rows; ++r) {
    const double weight = batch.weights.empty() ? 1 : batch.weights[r];
    weights += weight;
    sum += weight * loss.reference(std::span(outputs).subspan(r * width, width),
                                   std::span(batch.y).subspan(r * target_width, target_width));
  }
  double penalty = 0;
  for (const NetworkParameter& parameter : network.parameters()) {
    for (std::int64_t i = parameter.offset; i < parameter.offset + parameter.size; ++i) {
      const double w = parameters[i];
      penalty += parameter.spec.l1 * std::abs(w) + parameter.spec.l2 * w * w;
    }
  }
  return sum / (network.semantics() == Semantics::keras ? static_cast<double>(batch.rows) : weights) + penalty;
}

std::vector<double> reference_gradient(const Network& network, const Loss& loss, std::span<const double> parameters,
                                       const ReferenceBatch& batch) {
  constexpr double step = 1e-5;
  std::vector<double> moved(parameters.begin(), parameters.end()), gradient(parameters.size());
  for (std::size_t i = 0; i < moved.size(); ++i) {
    moved[i] = parameters[i] + step;
    const double above = reference_loss(network, loss, moved, batch);
    moved[i] = parameters[i] - step;
    const double below = reference_loss(network, loss, moved, batch);
    moved[i] = parameters[i];
    gradient[i] = (above - below) / (2 * step);
  }
  return gradient;
}

EngineResult engine_gradient(const TestNetwork& network, const Loss& loss, const ReferenceBatch& batch, int threads,
                             KernelChoice kernels, ProductPrecision precision) {
  const std::vector<float> x(batch.x.begin(), batch.x.end()), y(batch.y.begin(), batch.y.end()),
      weights(batch.weights.begin(), batch.weights.end());
  const std::int64_t target_width = loss.target_width(network.output_width());
  std::vector<std::int64_t> rows(batch.rows);
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<std::int64_t>(r);

  const RecordingOptimizer optimizer;
  ParameterStore store(network);
  store.use(kernels, precision);
  store.load(ParameterStore::weights, network.weights);
  Updater updater(network, store, optimizer, {});
  updater.begin_step(1, 0);
  const StepPosition position;
  Plan plan(network, store, &loss, {.batch = batch.rows, .training = true, .position = &position});
  Step step(network, loss, updater, {});
  Scratch scratch;
  scratch.reserve(threads, plan.worker_scratch());
  const BatchSource source{{x.data(), batch.rows, network.input_width(), network.input_width()},
                           {y.data(), batch.rows, target_width, target_width},
                           weights.empty() ? nullptr : weights.data(),
                           rows};
  EngineResult result;
  Crew crew(threads);
  crew.run([&](Crew& team) {
    const BatchSums sums = step.run(team, plan, scratch, source, {}, nullptr);
    result.loss = sums.mean();
  });
  result.gradient.resize(network.weights.size());
  store.save(0, result.gradient);
  return result;
}

ReferenceBatch random_batch(const Network& network, const Loss& loss, std::int64_t rows, std::uint64_t seed,
                            bool weighted) {
  ReferenceBatch batch;
  batch.rows = rows;
  Random random(seed, RandomStream::noise);
  // Values that are floats: both sides see the same numbers.
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::size_t input = 0; input < network.inputs().size(); ++input) {
      const std::int64_t categories = network.categories(input);
      for (std::int64_t c = 0; c < element_count(network.inputs()[input].shape); ++c) {
        batch.x.push_back(categories > 0 ? static_cast<double>(random.below(static_cast<std::uint64_t>(categories)))
                                         : static_cast<double>(static_cast<float>(random.normal())));
      }
    }
  }
  const std::int64_t outputs = network.output_width(), target_width = loss.target_width(outputs);
  for (std::int64_t i = 0; i < rows * target_width; ++i) {
    float value = random.uniform();
    if (!loss.target_problem(value, outputs).empty())
      value = static_cast<float>(random.below(static_cast<std::uint64_t>(std::max<std::int64_t>(2, outputs))));
    while (!loss.target_problem(value, outputs).empty()) value -= 1;
    batch.y.push_back(static_cast<double>(value));
  }
  for (std::int64_t r = 0; weighted && r < rows; ++r)
    batch.weights.push_back(static_cast<double>(0.25F + random.uniform()));
  return batch;
}

double relative_difference(std::span<const float> a, std::span<const double> b, double floor) {
  double largest = floor, difference = 0;
  for (const double value : b) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - b[i]);
    difference = std::isnan(d) ? INFINITY : std::max(difference, d);
  }
  return difference / largest;
}

}  // namespace millrace::test
