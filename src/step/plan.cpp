// SPDX-License-Identifier: Apache-2.0
#include "step/plan.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "ops/metrics/metric_set.hpp"
#include "step/shards.hpp"

namespace millrace {

namespace {

// Products of the sizes of a plan fit into 64 bits.
void check_batch(const Network& network, std::int64_t batch) {
  double numbers = 0;
  for (int value = 0; value < network.value_count(); ++value)
    numbers += static_cast<double>(element_count(network.value_shape(value)));
  const double most = std::floor(static_cast<double>(most_numbers) / std::max(1.0, numbers));
  if (static_cast<double>(batch) <= most) return;
  fail(ErrorKind::usage, "plan",
       "a batch of " + std::to_string(batch) + " rows of " + number_text(numbers) + " numbers each, expected at most " +
           number_text(most) + " rows: no memory holds more");
}

// Inference runs whole plans side by side, one for each worker.
std::vector<IndexRange> shards_of(const Network& network, KernelChoice kernels, const PlanOptions& options) {
  check_batch(network, options.batch);
  if (!options.training) return {{0, options.batch}};
  // Portable kernels have the same shards on every processor.
  const Vectors vectors = kernels == KernelChoice::portable ? Vectors::avx2 : kernel_vectors();
  return cut_into_shards(network, options.batch, vectors);
}

}  // namespace

Plan::Plan(const Network& network, ParameterStore& store, const Loss* loss, const PlanOptions& options)
    : network_(&network),
      options_(options),
      shards_(shards_of(network, store.kernels(), options)),
      memory_(network, loss, options.batch, options.training) {
  prepare_kernels(store, loss);
  if (!options.training) return;
  weight_jobs_ = plan_weight_phase(network.nodes(), kernels_);
  cut_for(1);
}

void Plan::cut_for(int workers) {
  if (workers == workers_) return;
  workers_ = workers;
  row_jobs_ = plan_row_phase(row_kernels(), std::ssize(shards_), workers);
}

// The loss computes the means of an ensemble, the last layer.
std::span<const std::unique_ptr<LayerKernel>> Plan::row_kernels() const {
  return std::span(kernels_).first(kernels_.size() - (averages() ? 1 : 0));
}

StepSpeed Plan::most_speed(int workers) const {
  return millrace::most_speed({.network = network_,
                               .kernels = row_kernels(),
                               .values = memory_.values(),
                               .batch = batch(),
                               .shards = std::ssize(shards_),
                               .weight_jobs = &weight_jobs_},
                              workers);
}

void Plan::prepare_kernels(const ParameterStore& store, const Loss* loss) {
  const std::vector<NetworkNode>& nodes = network_->nodes();
  const int node_count = static_cast<int>(nodes.size());
  // Backward runs from the last node to the first. If several nodes consume a value, the last of them sets its delta
  // (=) and the others add to it (+=).
  std::vector<int> last_consumer(memory_.values().size(), -1);
  for (int node = 0; node < node_count; ++node) {
    if (options_.training && !trains(node)) continue;
    for (const int input : nodes[node].inputs) last_consumer[input] = node;
  }
  // Of an output with a loss, the loss sets it, and all consumers add.
  std::vector<bool> fused(node_count, false);
  for (std::size_t i = 0; i < memory_.judged().size(); ++i) {
    const int node = memory_.judged()[i].node;
    fused[node] = memory_.fused(i);
    if (loss != nullptr && loss->of_output(i) != nullptr) last_consumer[network_->input_count() + node] = -1;
  }
  for (int number = 0; number < node_count; ++number) {
    const NetworkNode& node = nodes[number];
    LayerContext context;
    context.batch = options_.batch;
    context.first_row = options_.first_row;
    context.whole_batch = options_.whole_batch;
    context.keeps_statistics = options_.keeps_statistics;
    context.training = options_.training;
    context.trainable = node.trainable;
    context.kernels = store.kernels();
    context.input_shapes = node.input_shapes;
    std::vector<int> seen;
    for (const int input : node.inputs) {
      ValueBuffers value = memory_.values()[input];
      // A node that takes the same value twice adds to its delta the second time.
      value.delta_accumulates =
          last_consumer[input] != number || std::find(seen.begin(), seen.end(), input) != seen.end();
      seen.push_back(input);
      context.inputs.push_back(value);
    }
    // The loss of an ensemble makes the predictions of the members, if it computes an activation.
    if (averages() && number + 1 == node_count && memory_.fused_loss()) {
      for (std::size_t i = 0; i < memory_.judged().size(); ++i)
        context.inputs[i].data = memory_.prediction().data + memory_.judged()[i].first;
    }
    context.output = memory_.values()[network_->input_count() + number];
    for (const int parameter : node.parameters) context.parameters.push_back(store.storage(parameter));
    context.shards = shards_;
    context.position = options_.position;
    context.layer_number = static_cast<std::uint64_t>(number);
    context.skip_activation = fused[number];
    kernels_.push_back(node.layer->prepare(context));
    kernel_scratch_ = std::max(kernel_scratch_, kernels_.back()->scratch_floats());
  }
  if (loss != nullptr) kernel_scratch_ = std::max(kernel_scratch_, metric_scratch(network_->output_width()));
  kernel_scratch_ = round_up(kernel_scratch_, cache_line_floats);
}

StridedRows<float> Plan::average(std::int64_t shard, float* scratch) {
  kernels_.back()->forward(shard, scratch);
  const ValueBuffers& output = memory_.values().back();
  return {output.data + shards_[shard].begin * output.stride, output.stride};
}

std::int64_t Plan::bytes() const {
  return (memory_.floats() + weight_jobs_.partials.size()) * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace millrace
