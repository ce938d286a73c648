// SPDX-License-Identifier: Apache-2.0
#include "step/plan.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <sstream>

#include "base/text.hpp"
#include "kernels/matmul.hpp"
#include "millrace/error.hpp"

namespace millrace {

namespace {

// A shard costs a kernel call a layer (0.3 us), so it should have some microseconds of arithmetic; and a product of
// few rows reads the weights as often as one of many, so large weights want long shards: 64 rows have 97 % of the
// speed of 512 where 32 have 90 % (784x512 and 2048x2048, AVX2).
constexpr double shard_work = 3.3e5;       // multiply-adds, forward and backward
constexpr std::int64_t row_multiple = 16;  // rows that a kernel takes in one go
constexpr std::int64_t few_rows = 4;       // where a row by itself is work enough
constexpr std::int64_t large_weights = 1 << 18, medium_weights = 1 << 15;
constexpr std::int64_t rows_for_large_weights = 64, rows_for_medium_weights = 32;
// With AVX-512 a step of 32 rows a shard takes as long as one of 64 (784-512-256-10, Zen 5). Where there would be so
// few shards that a server's cores go without, shards are of 32.
constexpr std::int64_t shards_for_many_cores = 8;
constexpr std::int64_t reduce_floats = 2048;  // of one reduction job

std::int64_t rows_for(std::int64_t largest_weights, std::int64_t batch) {
  if (largest_weights <= medium_weights) return 0;
  const bool few_shards = batch < shards_for_many_cores * rows_for_large_weights;
  if (largest_weights <= large_weights || (few_shards && kernel_vectors() == Vectors::avx512))
    return rows_for_medium_weights;
  return rows_for_large_weights;
}

}  // namespace

Plan::Plan(const Network& network, ParameterStore& store, const Loss* loss, const PlanOptions& options)
    : network_(&network), options_(options) {
  check_batch();
  choose_shards();
  find_deltas();
  allocate_values(loss);
  prepare_kernels(store);
  if (!options_.training) return;
  plan_row_phase();
  plan_weight_phase();
}

// Before anything is computed from it: products of its size have to fit into 64 bits.
void Plan::check_batch() const {
  double numbers = 0;
  for (int value = 0; value < network_->value_count(); ++value)
    numbers += static_cast<double>(element_count(network_->value_shape(value)));
  const double most = std::floor(static_cast<double>(most_numbers) / std::max(1.0, numbers));
  if (static_cast<double>(options_.batch) <= most) return;
  fail(ErrorKind::usage, "plan",
       "a batch of " + std::to_string(options_.batch) + " rows of " + number_text(numbers) +
           " numbers each, expected at most " + number_text(most) + " rows: no memory holds more");
}

void Plan::choose_shards() {
  if (!options_.training) {
    shards_ = {{0, options_.batch}};  // inference runs whole plans side by side
    return;
  }
  std::int64_t largest = 0;
  double row_work = 0;
  for (const NetworkParameter& parameter : network_->parameters()) {
    if (!parameter.spec.matmul_operand) continue;
    largest = std::max(largest, parameter.size);
    row_work += 2.0 * static_cast<double>(parameter.size);
  }
  double other_work = 0;
  for (const NetworkNode& node : network_->nodes()) other_work += 2.0 * node.layer->row_work(node.input_shapes);
  // Where images are most of the work, a few of them are a shard.
  const std::int64_t multiple = other_work > row_work ? few_rows : row_multiple;
  row_work += other_work;
  const std::int64_t efficient = std::max(multiple, rows_for(largest, options_.batch));
  const auto worthwhile = static_cast<std::int64_t>(shard_work / std::max(1.0, row_work));
  // A power of two of equal shards: they spread evenly over any usual number of threads.
  const auto most =
      static_cast<std::uint64_t>(std::max<std::int64_t>(1, options_.batch / std::max(efficient, worthwhile)));
  const std::int64_t rows =
      round_up(ceil_div(options_.batch, static_cast<std::int64_t>(std::bit_floor(most))), multiple);
  for (std::int64_t begin = 0; begin < options_.batch; begin += rows)
    shards_.push_back({begin, std::min(options_.batch, begin + rows)});
}

void Plan::find_deltas() {
  needs_delta_.assign(network_->value_count(), 0);
  if (!options_.training) return;
  const int inputs = network_->input_count();
  for (std::size_t n = 0; n < network_->nodes().size(); ++n) {
    const NetworkNode& node = network_->nodes()[n];
    for (const int input : node.inputs) needs_delta_[inputs + n] |= needs_delta_[input];
    for (const int parameter : node.parameters)
      needs_delta_[inputs + n] |= network_->parameters()[parameter].spec.trainable;
  }
}

void Plan::allocate_values(const Loss* loss) {
  const std::int64_t batch = options_.batch;
  const std::int64_t input_stride = row_stride(network_->input_width());
  const int inputs = network_->input_count();
  features_ = Buffer(batch * input_stride);
  std::int64_t column = 0;
  for (const NetworkInput& input : network_->inputs()) {
    const std::int64_t width = element_count(input.shape);
    values_.push_back({.data = features_.data() + column, .width = width, .stride = input_stride});
    column += width;
  }
  // Rows of numbers are operands of products; image kernels want images without a gap.
  const auto stride_of = [&](int value) {
    const Shape& shape = network_->value_shape(value);
    return shape.size() > 1 ? element_count(shape) : row_stride(element_count(shape));
  };
  // One value after the other, each at a cache line.
  const auto floats = [&](int value) { return round_up(batch * stride_of(value), cache_line_floats); };
  std::int64_t activation_floats = 0, delta_floats = 0;
  for (int value = inputs; value < network_->value_count(); ++value) {
    activation_floats += floats(value);
    if (needs_delta_[value]) delta_floats += floats(value);
  }
  activations_ = Buffer(activation_floats);
  deltas_ = Buffer(delta_floats);
  float *activation = activations_.data(), *delta = deltas_.data();
  for (int value = inputs; value < network_->value_count(); ++value) {
    const std::int64_t width = element_count(network_->value_shape(value));
    values_.push_back({.data = activation, .width = width, .stride = stride_of(value)});
    activation += floats(value);
    if (needs_delta_[value]) {
      values_.back().delta = delta;
      delta += floats(value);
    }
  }
  if (loss == nullptr) return;
  target_width_ = loss->target_width(network_->output_width());
  targets_ = Buffer(batch * target_width_);
  weights_ = Buffer(2 * batch);
  fused_ =
      !loss->fused_activation().empty() && network_->nodes().back().layer->activation() == loss->fused_activation();
  if (fused_) prediction_ = Buffer(batch * values_.back().stride);
}

void Plan::prepare_kernels(const ParameterStore& store) {
  const auto& nodes = network_->nodes();
  // Backward runs from the last node to the first: of several consumers of a value, the last node sets its delta and
  // the others add to it.
  std::vector<int> last_consumer(values_.size(), -1);
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    for (const int input : nodes[n].inputs) last_consumer[input] = static_cast<int>(n);
  }
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    const NetworkNode& node = nodes[n];
    LayerContext context;
    context.batch = options_.batch;
    context.training = options_.training;
    context.gemm = store.gemm();
    context.input_shapes = node.input_shapes;
    std::vector<int> seen;
    for (const int input : node.inputs) {
      ValueBuffers value = values_[input];
      // A node that takes the same value twice adds to it the second time.
      value.delta_accumulates =
          last_consumer[input] != static_cast<int>(n) || std::find(seen.begin(), seen.end(), input) != seen.end();
      seen.push_back(input);
      context.inputs.push_back(value);
    }
    context.output = values_[network_->inputs().size() + n];
    for (const int parameter : node.parameters) context.parameters.push_back(store.storage(parameter));
    context.shards = shards_;
    context.position = options_.position;
    context.layer_number = n;
    context.skip_activation = fused_ && n + 1 == nodes.size();
    kernels_.push_back(node.layer->prepare(context));
    kernel_scratch_ = std::max(kernel_scratch_, kernels_.back()->scratch_floats());
  }
  kernel_scratch_ = round_up(kernel_scratch_, cache_line_floats);
}

void Plan::plan_row_phase() {
  const auto nodes = static_cast<int>(kernels_.size());
  for (int node = 0; node < nodes; ++node) {
    for (std::int64_t job = 0; job < kernel(node).pack_jobs(); ++job) pack_jobs_.push_back({node, job});
  }
  const auto couples = [&](int node) { return kernels_[node]->coupled_jobs() > 0; };
  passes_.push_back({.gather = true});
  for (int node = 0; node < nodes; ++node) {
    if (couples(node)) {
      passes_.push_back({.coupled = true, .forward_begin = node, .forward_end = node + 1});
      passes_.push_back({.forward_begin = node + 1, .forward_end = node + 1});
    } else {
      passes_.back().forward_end = node + 1;
    }
  }
  passes_.back().loss = true;  // here the row phase turns round
  passes_.back().backward_begin = passes_.back().backward_end = nodes;
  for (int node = nodes - 1; node >= 0; --node) {
    if (couples(node)) {
      passes_.push_back({.coupled = true, .backward_begin = node, .backward_end = node + 1});
      passes_.push_back({.backward_begin = node, .backward_end = node});
    } else {
      passes_.back().backward_begin = node;
    }
  }
}

void Plan::plan_weight_phase() {
  std::int64_t partial_floats = 0;
  for (const auto& kernel : kernels_) {
    for (const GradientTile& tile : kernel->tiles()) {
      if (tile.slices > 1)
        partial_floats += tile.slices * tile.floats;
      else
        tile_floats_ = std::max(tile_floats_, tile.floats);
    }
  }
  partials_ = Buffer(partial_floats);
  shard_gradients_.resize(kernels_.size());
  float* partial = partials_.data();
  for (std::size_t n = 0; n < kernels_.size(); ++n) {
    const std::span<const GradientTile> tiles = kernels_[n]->tiles();
    for (std::size_t t = 0; t < tiles.size(); ++t) {
      plan_tile(static_cast<int>(n), static_cast<std::int64_t>(t), partial);
      if (tiles[t].slices > 1) partial += tiles[t].slices * tiles[t].floats;
    }
  }
  for (std::vector<GradientJob>& jobs : shard_gradients_)
    std::stable_sort(jobs.begin(), jobs.end(),
                     [](const GradientJob& a, const GradientJob& b) { return a.slice < b.slice; });
  const auto of_shards = std::stable_partition(reduce_jobs_.begin(), reduce_jobs_.end(),
                                               [](const ReduceJob& job) { return job.of_shards; });
  reduce_jobs_of_shards_ = of_shards - reduce_jobs_.begin();
  // The longest jobs first: the short ones fill the gaps at the end of the phase.
  std::stable_sort(gradient_jobs_.begin(), gradient_jobs_.end(),
                   [&](const GradientJob& a, const GradientJob& b) { return tile(a).floats > tile(b).floats; });
  const auto is_longer = [](const ReduceJob& a, const ReduceJob& b) { return a.floats > b.floats; };
  std::stable_sort(reduce_jobs_.begin(), of_shards, is_longer);
  std::stable_sort(of_shards, reduce_jobs_.end(), is_longer);
}

void Plan::plan_tile(int node, std::int64_t index, float* partial) {
  const GradientTile& tile = kernel(node).tiles()[index];
  for (std::int64_t slice = 0; slice < tile.slices; ++slice) {
    const GradientJob job{node, index, slice, tile.slices > 1 ? partial + slice * tile.floats : nullptr};
    (tile.by_shard ? shard_gradients_[node] : gradient_jobs_).push_back(job);
  }
  if (tile.slices > 1) plan_reduction(node, tile, partial);
}

void Plan::plan_reduction(int node, const GradientTile& tile, float* partial) {
  for (const GradientBlock& block : tile.blocks) {
    if (block.stride == 0) {
      plan_panel_reduction(node, tile, block, partial);
      continue;
    }
    const std::int64_t rows = std::max<std::int64_t>(1, reduce_floats / block.stride);
    for (std::int64_t row = block.rows.begin; row < block.rows.end; row += rows) {
      GradientBlock part = block;
      part.rows = {row, std::min(block.rows.end, row + rows)};
      part.offset = 0;
      add_reduction(node, tile, part, part.rows.size() * block.stride,
                    partial + block.offset + (row - block.rows.begin) * block.stride);
    }
  }
}

void Plan::plan_panel_reduction(int node, const GradientTile& tile, const GradientBlock& block, float* partial) {
  const std::int64_t height = block.rows.size(),
                     panels = std::max<std::int64_t>(1, reduce_floats / (height * panel_columns));
  for (std::int64_t column = block.columns.begin; column < block.columns.end; column += panels * panel_columns) {
    GradientBlock part = block;
    part.columns = {column, std::min(block.columns.end, column + panels * panel_columns)};
    part.offset = 0;
    add_reduction(node, tile, part, panel_floats(height, part.columns.size()),
                  partial + block.offset + height * (column - block.columns.begin));
  }
}

void Plan::add_reduction(int node, const GradientTile& tile, const GradientBlock& block, std::int64_t floats,
                         const float* partial) {
  reduce_jobs_.push_back({node, block, floats, partial, tile.slices, tile.floats, tile.by_shard});
  tile_floats_ = std::max(tile_floats_, floats);
}

std::int64_t Plan::bytes() const {
  std::int64_t floats = 0;
  for (const Buffer* buffer : {&features_, &targets_, &weights_, &activations_, &deltas_, &prediction_, &partials_})
    floats += buffer->size();
  return floats * static_cast<std::int64_t>(sizeof(float));
}

std::string Plan::first_non_finite(const std::vector<std::string>& feature_names) const {
  const int inputs = network_->input_count();
  const auto find = [&](const float* data, int value) -> std::int64_t {
    for (std::int64_t r = 0; r < options_.batch; ++r) {
      for (std::int64_t c = 0; c < values_[value].width; ++c) {
        if (!std::isfinite(data[r * values_[value].stride + c])) return c;
      }
    }
    return -1;
  };
  for (int value = 0; value < network_->value_count(); ++value) {
    const std::int64_t column = find(values_[value].data, value);
    if (column < 0) continue;
    if (value >= inputs)
      return "the first is the output of " + network_->nodes()[value - inputs].name + ", unit " +
             std::to_string(column + 1);
    const std::int64_t feature = values_[value].data - features_.data() + column;
    const bool named = feature < std::ssize(feature_names);
    return "the first is feature " + (named ? "'" + feature_names[feature] + "'" : std::to_string(feature + 1));
  }
  return "every layer's output is finite, the loss itself overflows";
}

std::string Plan::describe() const {
  std::ostringstream text;
  text << "batch " << options_.batch << ": " << shards_.size() << " shards of " << shards_.front().size() << " rows, "
       << gradient_jobs_.size() << " gradient jobs, " << reduce_jobs_.size() << " reductions, " << bytes()
       << " bytes of buffers, " << worker_scratch() * static_cast<std::int64_t>(sizeof(float))
       << " bytes of scratch a worker\n";
  for (std::size_t n = 0; n < kernels_.size(); ++n) {
    text << "  " << network_->nodes()[n].name << ": " << kernels_[n]->describe() << "\n";
  }
  return text.str();
}

}  // namespace millrace
