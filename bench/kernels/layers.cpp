// SPDX-License-Identifier: Apache-2.0
//
// Forward, backward and weight gradient of a batch on one thread, for every layer of the table with the options of its
// examples. Samples have the shape of the examples; rows are also measured with 256 columns, and images with sides of
// 20, if the layer takes them.
#include "ops/layers/layer.hpp"

#include <algorithm>

#include "base/buffer.hpp"
#include "harness/benchmark.hpp"
#include "kernels/random.hpp"
#include "step/parameter_store.hpp"
#include "support/test_network.hpp"

namespace millrace::bench {

namespace {

constexpr std::int64_t batch = 64;

test::TestNetwork network_of(const std::string& text, const Shape& input) {
  return test::chain_of({parse_layer(text)}, input, 1);
}

// One layer with its kernels and the memory that a plan would give it.
struct Operands {
  Operands(const std::string& text, const Shape& shape)
      : network(network_of(text, shape)),
        node(network.nodes().front()),
        categories(network.categories(0)),
        store(network),
        x(batch * element_count(shape)),
        dx(x.size()),
        y(batch * element_count(node.output)),
        dy(y.size()) {
    const std::vector<float> drawn = normal_floats(x.size(), 1);
    for (std::int64_t i = 0; i < x.size(); ++i)
      x[i] = categories > 0 ? static_cast<float>(i * 7 % categories) : drawn[i];
    store.load(ParameterStore::weights, network.weights);
    restore_delta();

    LayerContext context;
    context.batch = batch;
    context.training = true;
    context.input_shapes = node.input_shapes;
    const std::int64_t width = element_count(shape), outputs = element_count(node.output);
    context.inputs = {
        {.data = x.data(), .delta = categories > 0 ? nullptr : dx.data(), .width = width, .stride = width}};
    context.output = {.data = y.data(), .delta = dy.data(), .width = outputs, .stride = outputs};
    for (const int parameter : node.parameters) context.parameters.push_back(store.storage(parameter));
    context.shards = shards;
    context.position = &position;
    kernel = node.layer->prepare(context);
    scratch = Buffer(kernel->scratch_floats() + 1);
    for (const GradientTile& tile : kernel->tiles()) tile_floats = std::max(tile_floats, tile.floats);
    tile_memory = Buffer(tile_floats + 1);
    for (std::int64_t job = 0; job < kernel->pack_jobs(); ++job) kernel->pack(job);
  }
  void restore_delta() {
    const std::vector<float> drawn = normal_floats(dy.size(), 2);
    std::copy(drawn.begin(), drawn.end(), dy.data());
  }
  void forward() {
    for (std::int64_t job = 0; job < row_jobs(); ++job) kernel->forward(job, scratch.data());
  }
  void backward() {
    for (std::int64_t job = 0; job < row_jobs(); ++job) kernel->backward(job, scratch.data());
  }
  [[nodiscard]] std::int64_t row_jobs() const {
    const CoupledRows* const rows = kernel->coupled_rows();
    return rows != nullptr ? rows->jobs() : 1;
  }
  template <class Use>
  void gradient(const Use& use) {
    for (std::int64_t tile = 0; tile < std::ssize(kernel->tiles()); ++tile) {
      for (std::int64_t slice = 0; slice < kernel->tiles()[tile].slices; ++slice) {
        kernel->gradient(tile, slice, tile_memory.data(), scratch.data());
        use(tile);
      }
    }
  }

  [[nodiscard]] std::vector<double> reference(std::span<const double> input, std::span<const double> weights) const {
    ReferenceOperands operands;
    operands.batch = batch;
    operands.position = position;
    operands.inputs = {input};
    for (const int index : node.parameters) {
      const NetworkParameter& parameter = network.parameters()[index];
      operands.parameters.push_back(weights.subspan(parameter.offset, parameter.size));
    }
    std::vector<double> output(y.size());
    operands.output = output;
    node.layer->reference(operands, node.input_shapes);
    return output;
  }
  // Compares the output, and the slopes of the sum of dy * output along random directions of the inputs and the
  // weights.
  void verify(const std::string& text) {
    const std::vector<double> input = in_double(x.span()), weights = in_double(network.weights);
    forward();
    expect_close(text, y.span(), reference(input, weights), 1e-4);
    const std::vector<float> upstream(dy.span().begin(), dy.span().end());
    backward();
    if (categories == 0) {
      const std::vector<float> along = normal_floats(x.size(), 3);
      const auto f = [&](std::span<const double> moved) { return inner_product(reference(moved, weights), upstream); };
      expect_close(text + ", slope of the inputs", inner_product(in_double(dx.span()), along), slope(f, input, along),
                   1e-3);
    }
    if (kernel->tiles().empty()) return;
    std::vector<float> along = normal_floats(std::ssize(weights), 4);
    for (const NetworkParameter& parameter : network.parameters()) {
      if (!parameter.spec.trainable) std::fill_n(along.begin() + parameter.offset, parameter.size, 0.0F);
    }
    double sum = 0;
    gradient([&](std::int64_t tile) { sum += gradient_along(tile, along); });
    const auto f = [&](std::span<const double> moved) { return inner_product(reference(input, moved), upstream); };
    expect_close(text + ", slope of the weights", sum, slope(f, weights, along), 1e-3);
  }
  [[nodiscard]] double gradient_along(std::int64_t tile, std::span<const float> along) const {
    double sum = 0;
    for (const GradientBlock& block : kernel->blocks(tile)) {
      const auto index = static_cast<std::size_t>(node.parameters[static_cast<std::size_t>(block.parameter)]);
      const NetworkParameter& parameter = network.parameters()[index];
      const std::int64_t columns = store.storage(static_cast<int>(index)).columns;
      for (std::int64_t r = block.rows.begin; r < block.rows.end; ++r) {
        for (std::int64_t c = block.columns.begin; c < block.columns.end; ++c) {
          sum += static_cast<double>(tile_memory[block.place(r, c)]) *
                 static_cast<double>(along[parameter.offset + r * columns + c]);
        }
      }
    }
    return sum;
  }

  const test::TestNetwork network;
  const NetworkNode& node;
  std::int64_t categories;
  ParameterStore store;
  Buffer x, dx, y, dy, scratch, tile_memory;
  std::int64_t tile_floats = 0;
  StepPosition position{.seed = 1, .step = 1};
  std::vector<IndexRange> shards{{0, batch}};
  std::unique_ptr<LayerKernel> kernel;
};

enum class Pass { forward, backward, gradient };

void pass_of_layer(benchmark::State& state, const std::string& text, const Shape& shape, Pass pass) {
  Operands at(text, shape);
  if (answer_wanted()) at.verify(text);
  at.restore_delta();
  measure(state, [&] {
    if (pass == Pass::forward) at.forward();
    if (pass == Pass::backward) at.backward();
    if (pass == Pass::gradient) at.gradient([](std::int64_t) {});
  });
  report_rows(state, batch);
  if (at.kernel->multiply_adds() > 0) report_flops(state, 2 * at.kernel->multiply_adds());
}

// The shapes of a sample, without those that the layer refuses.
std::vector<Shape> shapes_of(const LayerRow& row, const std::string& text) {
  std::vector<Shape> wanted{row.example_input}, taken;
  Shape larger = row.example_input;
  if (larger.size() == 1) larger = {256};
  if (larger.size() == 3) larger[0] = larger[1] = 20;
  if (larger != row.example_input) wanted.push_back(larger);
  for (const Shape& shape : wanted) {
    try {
      static_cast<void>(network_of(text, shape));
      taken.push_back(shape);
    } catch (const Error&) {
    }
  }
  return taken;
}

std::string text_of(const Shape& shape) {
  std::string text;
  for (const std::int64_t extent : shape) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

const Group layers([] {
  for (const LayerRow& row : layer_table()) {
    for (const std::string_view example : row.examples) {
      const std::string text(example);
      for (const Shape& shape : shapes_of(row, text)) {
        const auto add_pass = [&](const char* name, Pass pass) {
          add("layer/" + text + "/" + name + "/" + text_of(shape),
              [=](benchmark::State& state) { pass_of_layer(state, text, shape, pass); });
        };
        const Network network = network_of(text, shape);
        add_pass("forward", Pass::forward);
        if (network.categories(0) == 0) add_pass("backward", Pass::backward);
        if (network.trainable_count() > 0) add_pass("gradient", Pass::gradient);
      }
    }
  }
});

}  // namespace

}  // namespace millrace::bench
