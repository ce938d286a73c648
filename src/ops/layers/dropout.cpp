// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "base/random.hpp"
#include "millrace/layers.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

// The factors of four neighbouring columns of one row, 0 or 1 / (1 - rate). Philox is keyed by the seed and addressed
// by (column / 4, row, step, layer): whoever computes a row, and whenever, gets the same mask.
class Mask {
 public:
  Mask(double rate, std::uint64_t layer)
      : threshold_(static_cast<std::uint32_t>(rate * 0x1p32)),
        keep_(static_cast<float>(1 / (1 - rate))),
        layer_(static_cast<std::uint32_t>(layer)) {}

  [[nodiscard]] std::array<float, 4> factors(const StepPosition& at, std::int64_t row, std::int64_t group) const {
    const auto draws =
        philox({static_cast<std::uint32_t>(group), static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(at.step),
                static_cast<std::uint32_t>(at.step >> 32) ^ (layer_ << 8) ^ stream},
               {static_cast<std::uint32_t>(at.seed), static_cast<std::uint32_t>(at.seed >> 32) ^ stream});
    std::array<float, 4> factors;
    for (std::size_t i = 0; i < 4; ++i) factors[i] = draws[i] < threshold_ ? 0.0F : keep_;
    return factors;
  }

 private:
  static constexpr auto stream = static_cast<std::uint32_t>(RandomStream::dropout);
  std::uint32_t threshold_;
  float keep_;
  std::uint32_t layer_;
};

class DropoutKernel final : public LayerKernel {
 public:
  DropoutKernel(double rate, const LayerContext& context)
      : mask_(rate, context.layer_number),
        active_(context.training && rate > 0),
        input_(context.inputs[0]),
        output_(context.output),
        shards_(context.shards.begin(), context.shards.end()),
        position_(context.position) {}

  void forward(std::int64_t shard, float*) override {
    const RowRange rows = shards_[static_cast<std::size_t>(shard)];
    if (!active_)
      return copy_rows(rows_of(input_.data, input_, rows), rows_of(output_.data, output_, rows), rows.size(),
                       output_.width);
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      const float* x = input_.data + r * input_.stride;
      float* y = output_.data + r * output_.stride;
      for_each_factor(r, [&](std::int64_t i, float factor) { y[i] = x[i] * factor; });
    }
  }

  // The mask is drawn again: cheaper than to keep it.
  void backward(std::int64_t shard, float*) override {
    if (input_.delta == nullptr) return;
    const RowRange rows = shards_[static_cast<std::size_t>(shard)];
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      const float* dy = output_.delta + r * output_.stride;
      float* dx = input_.delta + r * input_.stride;
      const bool add = input_.delta_accumulates;
      for_each_factor(
          r, [&](std::int64_t i, float factor) { dx[i] = (add ? dx[i] : 0.0F) + dy[i] * (active_ ? factor : 1.0F); });
    }
  }

 private:
  template <class Use>
  void for_each_factor(std::int64_t row, const Use& use) const {
    for (std::int64_t i = 0; i < output_.width; i += 4) {
      const std::array<float, 4> factors = mask_.factors(*position_, row, i / 4);
      for (std::int64_t k = 0; k < 4 && i + k < output_.width; ++k) use(i + k, factors[static_cast<std::size_t>(k)]);
    }
  }

  Mask mask_;
  bool active_;
  ValueBuffers input_, output_;
  std::vector<RowRange> shards_;
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
        const double factor =
            options_.rate > 0
                ? static_cast<double>(mask.factors(operands.position, r, i / 4)[static_cast<std::size_t>(i % 4)])
                : 1;
        operands.output[static_cast<std::size_t>(r * width + i)] =
            operands.inputs[0][static_cast<std::size_t>(r * width + i)] * factor;
      }
    }
  }
  bool random() const override { return options_.rate > 0; }
  // Nothing is dropped when a model is used.
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    graph.add("Identity", site.name, {site.inputs[0]});
  }

 private:
  Dropout options_;
};

}  // namespace

LayerRow dropout_row() {
  return layer_row_of<Dropout, DropoutLayer>("zero with probability rate, in training only",
                                             {"dropout:0.3", "dropout:0"});
}

}  // namespace millrace
