// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/buffer.hpp"
#include "millrace/layers.hpp"
#include "ops/layers/normalization.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

// Columns of one job: a few cache lines of every row.
constexpr std::int64_t job_columns = 64;

// Parameters in the order of the signature: gamma and beta where they are, then the moving averages.
struct Parts {
  int gamma = -1, beta = -1, mean = 0, variance = 0;
  explicit Parts(const BatchNormalization& o) {
    int next = 0;
    if (o.scale) gamma = next++;
    if (o.center) beta = next++;
    mean = next++;
    variance = next++;
  }
};

class BatchNormalizationKernel final : public LayerKernel {
 public:
  BatchNormalizationKernel(const BatchNormalization& options, const LayerContext& context)
      : options_(options),
        parts_(options),
        input_(context.inputs[0]),
        output_(context.output),
        batch_(context.batch),
        training_(context.training),
        gamma_(parts_.gamma >= 0 ? context.parameters[static_cast<std::size_t>(parts_.gamma)].data : nullptr),
        beta_(parts_.beta >= 0 ? context.parameters[static_cast<std::size_t>(parts_.beta)].data : nullptr),
        moving_mean_(context.parameters[static_cast<std::size_t>(parts_.mean)].data),
        moving_variance_(context.parameters[static_cast<std::size_t>(parts_.variance)].data),
        mean_(training_ ? output_.width : 0),
        inverse_(training_ ? output_.width : 0),
        gamma_gradient_(training_ ? output_.width : 0),
        beta_gradient_(training_ ? output_.width : 0) {
    if (training_) tiles_ = normalization_tiles(parts_.gamma, parts_.beta, output_.width);
  }

  std::int64_t coupled_jobs() const override { return training_ ? ceil_div(output_.width, job_columns) : 0; }

  void forward(std::int64_t job, float*) override {
    if (!training_) return infer();
    const RowRange columns = columns_of(job);
    // Two passes, in row order: the mean, then the deviations from it. One pass would cancel where the mean is large.
    double sums[job_columns] = {};
    for_each(columns, input_.data, input_.stride, [&](std::int64_t c, float x) { sums[c] += static_cast<double>(x); });
    double squares[job_columns] = {};
    for (std::int64_t c = 0; c < columns.size(); ++c) sums[c] /= static_cast<double>(batch_);
    for_each(columns, input_.data, input_.stride, [&](std::int64_t c, float x) {
      squares[c] += (static_cast<double>(x) - sums[c]) * (static_cast<double>(x) - sums[c]);
    });
    for (std::int64_t c = 0; c < columns.size(); ++c) {
      const std::int64_t at = columns.begin + c;
      const double variance = squares[c] / static_cast<double>(batch_);
      mean_[at] = static_cast<float>(sums[c]);
      inverse_[at] = static_cast<float>(1 / std::sqrt(variance + options_.epsilon));
      // One row has no unbiased variance: the biased one, 0, stands in.
      const double kept = options_.unbiased && batch_ > 1 ? squares[c] / static_cast<double>(batch_ - 1) : variance;
      moving_mean_[at] += static_cast<float>(1 - options_.momentum) * (static_cast<float>(sums[c]) - moving_mean_[at]);
      moving_variance_[at] +=
          static_cast<float>(1 - options_.momentum) * (static_cast<float>(kept) - moving_variance_[at]);
    }
    for (std::int64_t r = 0; r < batch_; ++r) {
      const float* x = input_.data + r * input_.stride;
      float* y = output_.data + r * output_.stride;
      for (std::int64_t c = columns.begin; c < columns.end; ++c) y[c] = normalized(x, c) * gamma(c) + beta(c);
    }
  }

  // dx = gamma / sqrt(var + eps) (dy - mean(dy) - xhat mean(dy xhat))
  void backward(std::int64_t job, float*) override {
    const RowRange columns = columns_of(job);
    double sums[job_columns] = {}, products[job_columns] = {};
    for (std::int64_t r = 0; r < batch_; ++r) {
      const float *x = input_.data + r * input_.stride, *dy = output_.delta + r * output_.stride;
      for (std::int64_t c = columns.begin; c < columns.end; ++c) {
        sums[c - columns.begin] += static_cast<double>(dy[c]);
        products[c - columns.begin] += static_cast<double>(dy[c]) * static_cast<double>(normalized(x, c));
      }
    }
    for (std::int64_t c = 0; c < columns.size(); ++c) {
      beta_gradient_[columns.begin + c] = static_cast<float>(sums[c]);
      gamma_gradient_[columns.begin + c] = static_cast<float>(products[c]);
    }
    if (input_.delta == nullptr) return;
    const float share = 1.0F / static_cast<float>(batch_);
    for (std::int64_t r = 0; r < batch_; ++r) {
      const float *x = input_.data + r * input_.stride, *dy = output_.delta + r * output_.stride;
      float* dx = input_.delta + r * input_.stride;
      for (std::int64_t c = columns.begin; c < columns.end; ++c) {
        const float value = gamma(c) * inverse_[c] *
                            (dy[c] - share * beta_gradient_[c] - normalized(x, c) * share * gamma_gradient_[c]);
        dx[c] = input_.delta_accumulates ? dx[c] + value : value;
      }
    }
  }

  std::span<const GradientTile> tiles() const override { return tiles_; }
  void gradient(std::int64_t, std::int64_t, float* gradient, float*) override {
    for (const GradientBlock& block : tiles_[0].blocks) {
      const Buffer& from = block.parameter == parts_.gamma ? gamma_gradient_ : beta_gradient_;
      std::copy_n(from.data(), output_.width, gradient + block.offset);
    }
  }

 private:
  RowRange columns_of(std::int64_t job) const {
    return {job * job_columns, std::min(output_.width, (job + 1) * job_columns)};
  }
  template <class Use>
  void for_each(RowRange columns, const float* data, std::int64_t stride, const Use& use) const {
    for (std::int64_t r = 0; r < batch_; ++r) {
      for (std::int64_t c = 0; c < columns.size(); ++c) use(c, data[r * stride + columns.begin + c]);
    }
  }
  float gamma(std::int64_t c) const { return gamma_ != nullptr ? gamma_[c] : 1.0F; }
  float beta(std::int64_t c) const { return beta_ != nullptr ? beta_[c] : 0.0F; }
  float normalized(const float* x, std::int64_t c) const { return (x[c] - mean_[c]) * inverse_[c]; }

  void infer() {
    for (std::int64_t r = 0; r < batch_; ++r) {
      const float* x = input_.data + r * input_.stride;
      float* y = output_.data + r * output_.stride;
      for (std::int64_t c = 0; c < output_.width; ++c) {
        y[c] = (x[c] - moving_mean_[c]) / std::sqrt(moving_variance_[c] + static_cast<float>(options_.epsilon)) *
                   gamma(c) +
               beta(c);
      }
    }
  }

  BatchNormalization options_;
  Parts parts_;
  ValueBuffers input_, output_;
  std::int64_t batch_;
  bool training_;
  const float *gamma_, *beta_;
  float *moving_mean_, *moving_variance_;
  Buffer mean_, inverse_, gamma_gradient_, beta_gradient_;  // [width], of the last batch
  std::vector<GradientTile> tiles_;
};

class BatchNormalizationLayer final : public Layer {
 public:
  explicit BatchNormalizationLayer(const BatchNormalization& options) : options_(options) {}

  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_inputs("batch_normalization", inputs, 1);
    require_vector("batch_normalization", inputs[0]);
    LayerSignature signature{inputs[0], {}};
    const auto add = [&](const char* name, const char* initializer, bool trainable) {
      signature.parameters.push_back(
          {.name = name, .shape = inputs[0], .initializer = initializer, .trainable = trainable});
    };
    if (options_.scale) add("gamma", "ones", true);
    if (options_.center) add("beta", "zeros", true);
    add("moving_mean", "zeros", false);
    add("moving_variance", "ones", false);
    return signature;
  }
  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    return std::make_unique<BatchNormalizationKernel>(options_, context);
  }

  void reference(const ReferenceOperands& operands, std::span<const Shape> inputs) const override {
    const auto width = static_cast<std::size_t>(inputs[0][0]), rows = static_cast<std::size_t>(operands.batch);
    const Parts parts(options_);
    const std::span<const double> x = operands.inputs[0];
    for (std::size_t c = 0; c < width; ++c) {
      double mean = 0, variance = 0;
      for (std::size_t r = 0; r < rows; ++r) mean += x[r * width + c] / static_cast<double>(rows);
      for (std::size_t r = 0; r < rows; ++r)
        variance += (x[r * width + c] - mean) * (x[r * width + c] - mean) / static_cast<double>(rows);
      const double gamma = options_.scale ? operands.parameters[static_cast<std::size_t>(parts.gamma)][c] : 1,
                   beta = options_.center ? operands.parameters[static_cast<std::size_t>(parts.beta)][c] : 0;
      for (std::size_t r = 0; r < rows; ++r)
        operands.output[r * width + c] =
            gamma * (x[r * width + c] - mean) / std::sqrt(variance + options_.epsilon) + beta;
    }
  }

  // The inference form, with the moving averages: what a server runs.
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape> inputs) const override {
    const Parts parts(options_);
    const auto width = inputs[0][0];
    const auto constant = [&](int part, const char* name, float value) {
      return part >= 0 ? site.parameters[static_cast<std::size_t>(part)]
                       : graph.add_constant(site.name + "/" + name, inputs[0],
                                            std::vector<float>(static_cast<std::size_t>(width), value));
    };
    const std::string gamma = constant(parts.gamma, "ones", 1), beta = constant(parts.beta, "zeros", 0);
    graph.add("BatchNormalization", site.name,
              {site.inputs[0], gamma, beta, site.parameters[static_cast<std::size_t>(parts.mean)],
               site.parameters[static_cast<std::size_t>(parts.variance)]},
              {{"epsilon", static_cast<float>(options_.epsilon)}});
  }

 private:
  BatchNormalization options_;
};

}  // namespace

LayerRow batch_normalization_row() {
  return layer_row_of<BatchNormalization, BatchNormalizationLayer>(
      "columns to mean 0 and variance 1 over the batch",
      {"batch_normalization", "batch_normalization:center=false", "batch_normalization:scale=false:unbiased=true"});
}

}  // namespace millrace
