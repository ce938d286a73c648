// SPDX-License-Identifier: Apache-2.0
//
// The update of weights, for every optimizer of the table with the options of its examples: once with weights in the
// cache of a core, as tiles are, and once with weights from memory.
#include "ops/optimizers/optimizer.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/buffer.hpp"
#include "harness/benchmark.hpp"
#include "kernels/random.hpp"

namespace millrace::bench {

namespace {

struct Operands {
  Operands(const std::string& text, std::int64_t count)
      : optimizer(make_optimizer(parse_optimizer(text))), weights(count), gradient(count) {
    const std::vector<float> drawn = normal_floats(std::min<std::int64_t>(count, 1 << 14), 1);
    for (std::int64_t i = 0; i < count; ++i) {
      weights[i] = drawn[i % drawn.size()];
      gradient[i] = drawn[(i + 7) % drawn.size()];
    }
    block.weights = weights.data();
    block.gradient = gradient.data();
    block.rows = 1;
    block.columns = block.stride = block.gradient_stride = count;
    for (std::size_t slot = 0; slot < optimizer->slots().size(); ++slot) {
      slots[slot] = Buffer(count);
      std::fill_n(slots[slot].data(), count, optimizer->initial_slot(static_cast<int>(slot)));
      block.slots[slot] = slots[slot].data();
    }
  }
  // For a rule whose step length depends on norms, only its first phase is measured.
  void update(std::int64_t iteration) {
    const StepConstants constants = optimizer->constants(iteration, optimizer->learning_rate());
    if (optimizer->scales_by_norm())
      optimizer->direction(block, constants);
    else
      optimizer->update(block, constants);
  }
  // Only the first weights are compared: one loop computes all of them.
  void verify(const std::string& text) {
    constexpr std::size_t checked = 4096;
    const std::span<const float> first = weights.span().first(checked), slopes = gradient.span().first(checked);
    std::vector<double> expected(first.begin(), first.end());
    const std::vector<double> gradients(slopes.begin(), slopes.end());
    std::vector<double> state(optimizer->slots().size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      for (std::size_t slot = 0; slot < state.size(); ++slot)
        state[slot] = static_cast<double>(optimizer->initial_slot(static_cast<int>(slot)));
      optimizer->reference(expected[i], state, gradients[i], 1, optimizer->learning_rate());
    }
    update(1);
    std::vector<float> result(first.begin(), first.end());
    if (optimizer->scales_by_norm()) {
      for (std::size_t i = 0; i < result.size(); ++i)
        result[i] -= static_cast<float>(optimizer->learning_rate()) * gradient[static_cast<std::int64_t>(i)];
    }
    expect_close(text, result, expected, 1e-6);
  }

  std::shared_ptr<const Optimizer> optimizer;
  Buffer weights, gradient;
  std::array<Buffer, most_slots> slots;
  UpdateBlock block;
};

void update(benchmark::State& state, const std::string& text, std::int64_t count) {
  Operands at(text, count);
  if (answer_wanted()) at.verify(text);
  std::int64_t iteration = 1;
  measure(state, [&] { at.update(++iteration); });
  state.SetItemsProcessed(state.iterations() * count);
  // Weights and slots are read and written, the gradient is read.
  report_bytes(state,
               static_cast<double>(count) * sizeof(float) * static_cast<double>(2 * at.optimizer->slots().size() + 3));
}

const Group optimizers([] {
  for (const OptimizerRow& row : optimizer_table()) {
    std::vector<std::string> texts{std::string(row.name)};
    texts.insert(texts.end(), row.examples.begin(), row.examples.end());
    for (const std::string& text : texts) {
      for (const std::int64_t count : {std::int64_t{1} << 12, std::int64_t{1} << 20})
        add("optimizer/" + text + "/" + std::to_string(count),
            [text, count](benchmark::State& state) { update(state, text, count); });
    }
  }
});

}  // namespace

}  // namespace millrace::bench
