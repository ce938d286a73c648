// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <span>

#include "base/random.hpp"
#include "base/vectorize.hpp"
#include "millrace/layers.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

// The factors of the columns of a row, 0 or 1 / (1 - rate). Philox has the seed as its key and (column / 4, row, step,
// layer) as its counter, so the mask of a row does not depend on when and where it is computed.
class Mask {
 public:
  static constexpr std::int64_t columns_at_once = 256;
  using Draws = std::array<std::uint32_t, columns_at_once>;

  Mask(double rate, std::uint64_t layer)
      : threshold_(static_cast<std::uint32_t>(rate * 0x1p32)),
        keep_(static_cast<float>(1 / (1 - rate))),
        layer_(static_cast<std::uint32_t>(layer)) {}

  /// The factors of `count` columns from `column` on, which is a multiple of columns_at_once.
  void draw(const StepPosition& at, std::int64_t row, std::int64_t column, std::int64_t count, Draws& draws) const {
    philox_blocks(counter(at, row, column), key(at), std::span(draws).first(count));
  }
  [[nodiscard]] float factor(std::uint32_t draw) const { return draw < threshold_ ? 0.0F : keep_; }
  /// The factor of one column, for the reference.
  [[nodiscard]] float factor(const StepPosition& at, std::int64_t row, std::int64_t column) const {
    return factor(philox(counter(at, row, column), key(at))[column % 4]);
  }

 private:
  [[nodiscard]] std::array<std::uint32_t, 4> counter(const StepPosition& at, std::int64_t row,
                                                     std::int64_t column) const {
    return {static_cast<std::uint32_t>(column / 4), static_cast<std::uint32_t>(row),
            static_cast<std::uint32_t>(at.step), static_cast<std::uint32_t>(at.step >> 32) ^ (layer_ << 8) ^ stream};
  }
  [[nodiscard]] static std::array<std::uint32_t, 2> key(const StepPosition& at) {
    return {static_cast<std::uint32_t>(at.seed), static_cast<std::uint32_t>(at.seed >> 32) ^ stream};
  }
  static constexpr auto stream = static_cast<std::uint32_t>(RandomStream::dropout);
  std::uint32_t threshold_;
  float keep_;
  std::uint32_t layer_;
};

MILLRACE_INLINE void multiply(const Mask mask, const std::uint32_t* draws, const float* x, float* y,
                              std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] * mask.factor(draws[i]);
}
MILLRACE_INLINE void add_multiple(const Mask mask, const std::uint32_t* draws, const float* x, float* y,
                                  std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] += x[i] * mask.factor(draws[i]);
}

class DropoutKernel final : public LayerKernel {
 public:
  DropoutKernel(double rate, const LayerContext& context)
      : mask_(rate, context.layer_number),
        active_(context.training && rate > 0),
        input_(context.inputs[0]),
        output_(context.output),
        shards_(context.shards.begin(), context.shards.end()),
        first_row_(context.first_row),
        position_(context.position) {}

  void forward(std::int64_t shard, float*) override {
    const IndexRange rows = shards_[shard];
    if (!active_)
      return copy_rows(rows_of(input_.data, input_, rows), rows_of(output_.data, output_, rows), rows.size(),
                       output_.width);
    for_each_run(rows, [&](std::int64_t row, std::int64_t column, std::int64_t count, const Mask::Draws& draws) {
      vectorized<multiply>(mask_, draws.data(), input_.data + row * input_.stride + column,
                           output_.data + row * output_.stride + column, count);
    });
  }

  // Drawing the mask again is cheaper than keeping it.
  void backward(std::int64_t shard, float*) override {
    if (input_.delta == nullptr) return;
    const IndexRange rows = shards_[shard];
    if (!active_)
      return pass_delta(rows_of(output_.delta, output_, rows), rows_of(input_.delta, input_, rows), rows.size(),
                        output_.width, input_.delta_accumulates);
    for_each_run(rows, [&](std::int64_t row, std::int64_t column, std::int64_t count, const Mask::Draws& draws) {
      const float* const dy = output_.delta + row * output_.stride + column;
      float* const dx = input_.delta + row * input_.stride + column;
      if (input_.delta_accumulates)
        vectorized<add_multiple>(mask_, draws.data(), dy, dx, count);
      else
        vectorized<multiply>(mask_, draws.data(), dy, dx, count);
    });
  }

 private:
  template <class Use>
  void for_each_run(IndexRange rows, const Use& use) const {
    Mask::Draws draws;
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
      for (std::int64_t column = 0; column < output_.width; column += Mask::columns_at_once) {
        const std::int64_t count = std::min(Mask::columns_at_once, output_.width - column);
        mask_.draw(*position_, first_row_ + row, column, count, draws);
        use(row, column, count, draws);
      }
    }
  }

  Mask mask_;
  bool active_;
  ValueBuffers input_, output_;
  std::vector<IndexRange> shards_;
  std::int64_t first_row_;
  const StepPosition* position_;
};

class DropoutLayer final : public Layer {
 public:
  explicit DropoutLayer(const Dropout& options) : options_(options) {}
  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_inputs("dropout", inputs, 1);
    return {inputs[0], {}};
  }
  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    return std::make_unique<DropoutKernel>(options_.rate, context);
  }
  void reference(const ReferenceOperands& operands, std::span<const Shape> inputs) const override {
    const std::int64_t width = element_count(inputs[0]);
    const Mask mask(options_.rate, operands.layer_number);
    for (std::int64_t r = 0; r < operands.batch; ++r) {
      for (std::int64_t i = 0; i < width; ++i) {
        const double factor = options_.rate > 0 ? static_cast<double>(mask.factor(operands.position, r, i)) : 1;
        operands.output[r * width + i] = operands.inputs[0][r * width + i] * factor;
      }
    }
  }
  bool random() const override { return options_.rate > 0; }
  // A model in use drops nothing.
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    graph.add("Identity", site.name, {site.inputs[0]});
  }

 private:
  Dropout options_;
};

}  // namespace

LayerRow dropout_row() {
  return layer_row_of<Dropout, DropoutLayer>("sets elements to zero with probability rate, in training only",
                                             {"dropout:0.3", "dropout:0"});
}

}  // namespace millrace
