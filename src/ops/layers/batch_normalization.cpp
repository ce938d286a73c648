// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/buffer.hpp"
#include "base/fail.hpp"
#include "millrace/layers.hpp"
#include "ops/layers/normalization.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

// Columns of a job: a few cache lines of each row.
constexpr std::int64_t job_columns = 64;

// Parameters in the order of the signature: gamma and beta if the layer has them, then the moving averages.
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

class BatchNormalizationKernel final : public LayerKernel, public CoupledRows {
 public:
  BatchNormalizationKernel(const BatchNormalization& options, const LayerContext& context)
      : options_(options),
        parts_(options),
        input_(context.inputs[0]),
        output_(context.output),
        width_(context.input_shapes[0].back()),
        places_(output_.width / width_),
        rows_(context.batch * places_),
        all_rows_(context.rows_of_batch() * places_),
        keeps_statistics_(context.keeps_statistics),
        training_(context.training && context.trainable),
        shards_(context.shards.begin(), context.shards.end()),
        gamma_(parts_.gamma >= 0 ? context.parameters[parts_.gamma].data : nullptr),
        beta_(parts_.beta >= 0 ? context.parameters[parts_.beta].data : nullptr),
        moving_mean_(context.parameters[parts_.mean].data),
        moving_variance_(context.parameters[parts_.variance].data),
        means_(training_ ? width_ : 0),
        mean_(training_ ? width_ : 0),
        inverse_(training_ ? width_ : 0),
        gamma_gradient_(training_ ? width_ : 0),
        beta_gradient_(training_ ? width_ : 0) {
    if (!training_) return;
    if (all_rows_ == 1 && options.unbiased) {
      fail(ErrorKind::usage, BatchNormalization::op,
           "a batch of 1 row, which has no unbiased variance; expected 2 or more: a batch size above 1 that does not "
           "leave a last batch of 1, or unbiased=false");
    }
    tiles_ = normalization_tiles(parts_.gamma, parts_.beta, width_);
  }

  CoupledRows* coupled_rows() override { return training_ ? this : nullptr; }
  std::int64_t jobs() const override { return ceil_div(width_, job_columns); }

  void forward(std::int64_t job, float*) override {
    if (!training_) return infer(shards_[job]);
    // Two passes in row order: first the mean, then the deviations from it. A single pass loses digits if the mean is
    // large.
    for (int round = 0; round < 2; ++round) {
      double sums[job_columns];
      sum_forward(round, columns_of(job), sums);
      take_forward(round, columns_of(job), sums);
    }
  }

  // dx = gamma / sqrt(var + eps) (dy - mean(dy) - xhat mean(dy xhat))
  void backward(std::int64_t job, float*) override {
    if (!training_) return backward_of_inference(shards_[job]);
    double sums[job_columns], products[job_columns];
    const IndexRange columns = columns_of(job);
    sum_backward(columns, sums, products);
    take_backward(columns, sums, products);
  }

  // [sums of a column each, products of a column each]
  std::int64_t sums() const override { return 2 * width_; }
  int rounds(CoupledPass pass) const override { return pass == CoupledPass::forward ? 2 : 1; }
  void sum_rows(CoupledPass pass, int round, std::int64_t job, double* sums) override {
    const IndexRange columns = columns_of(job);
    double* const own = sums + columns.begin;
    if (pass == CoupledPass::forward)
      sum_forward(round, columns, own);
    else
      sum_backward(columns, own, own + width_);
  }
  void take_sums(CoupledPass pass, int round, std::int64_t job, const double* sums) override {
    const IndexRange columns = columns_of(job);
    const double* const own = sums + columns.begin;
    if (pass == CoupledPass::forward)
      take_forward(round, columns, own);
    else
      take_backward(columns, own, own + width_);
  }

  std::span<const GradientTile> tiles() const override { return tiles_; }
  void gradient(std::int64_t, std::int64_t, float* gradient, float*) override {
    for (const GradientBlock& block : tiles_[0].blocks) {
      const Buffer& from = block.parameter == parts_.gamma ? gamma_gradient_ : beta_gradient_;
      std::copy_n(from.data(), width_, gradient + block.offset);
    }
  }

 private:
  // The channels of place r of the batch.
  template <class Float>
  Float* at(Float* buffer, const ValueBuffers& value, std::int64_t r) const {
    return buffer + r / places_ * value.stride + r % places_ * width_;
  }
  IndexRange columns_of(std::int64_t job) const {
    return {job * job_columns, std::min(width_, (job + 1) * job_columns)};
  }
  template <class Use>
  void for_each(IndexRange columns, const Use& use) const {
    for (std::int64_t r = 0; r < rows_; ++r) {
      const float* const x = at(input_.data, input_, r) + columns.begin;
      for (std::int64_t c = 0; c < columns.size(); ++c) use(c, x[c]);
    }
  }

  // sums = the sum of each column; in the second round the sum of the squares of the deviations from its mean.
  void sum_forward(int round, IndexRange columns, double* sums) const {
    std::fill_n(sums, columns.size(), 0.0);
    if (round == 0) return for_each(columns, [&](std::int64_t c, float x) { sums[c] += static_cast<double>(x); });
    const double* const means = means_.data() + columns.begin;
    for_each(columns, [&](std::int64_t c, float x) {
      sums[c] += (static_cast<double>(x) - means[c]) * (static_cast<double>(x) - means[c]);
    });
  }

  void take_forward(int round, IndexRange columns, const double* sums) {
    const auto all = static_cast<double>(all_rows_);
    for (std::int64_t c = 0; c < columns.size(); ++c) {
      const std::int64_t column = columns.begin + c;
      if (round == 0)
        means_[column] = sums[c] / all;
      else
        take_statistics(column, means_[column], sums[c] / all, options_.unbiased ? sums[c] / (all - 1) : sums[c] / all);
    }
    for (std::int64_t r = 0; round == 1 && r < rows_; ++r) {
      const float* x = at(input_.data, input_, r);
      float* y = at(output_.data, output_, r);
      for (std::int64_t c = columns.begin; c < columns.end; ++c) y[c] = normalized(x, c) * gamma(c) + beta(c);
    }
  }

  // kept: the variance for the moving average.
  void take_statistics(std::int64_t column, double mean, double variance, double kept) {
    mean_[column] = static_cast<float>(mean);
    inverse_[column] = static_cast<float>(1 / std::sqrt(variance + options_.epsilon));
    if (!keeps_statistics_) return;
    const auto share = static_cast<float>(1 - options_.momentum);
    moving_mean_[column] += share * (static_cast<float>(mean) - moving_mean_[column]);
    moving_variance_[column] += share * (static_cast<float>(kept) - moving_variance_[column]);
  }

  // sums = the sum of dy of each column, products = the sum of dy xhat. They are also the gradients of beta and gamma.
  void sum_backward(IndexRange columns, double* sums, double* products) {
    std::fill_n(sums, columns.size(), 0.0);
    std::fill_n(products, columns.size(), 0.0);
    for (std::int64_t r = 0; r < rows_; ++r) {
      const float *x = at(input_.data, input_, r), *dy = at(output_.delta, output_, r);
      for (std::int64_t c = columns.begin; c < columns.end; ++c) {
        sums[c - columns.begin] += static_cast<double>(dy[c]);
        products[c - columns.begin] += static_cast<double>(dy[c]) * static_cast<double>(normalized(x, c));
      }
    }
    for (std::int64_t c = 0; c < columns.size(); ++c) {
      beta_gradient_[columns.begin + c] = static_cast<float>(sums[c]);
      gamma_gradient_[columns.begin + c] = static_cast<float>(products[c]);
    }
  }

  void take_backward(IndexRange columns, const double* sums, const double* products) {
    if (input_.delta == nullptr) return;
    const float share = 1.0F / static_cast<float>(all_rows_);
    float of_beta[job_columns], of_gamma[job_columns];
    std::transform(sums, sums + columns.size(), of_beta, [](double sum) { return static_cast<float>(sum); });
    std::transform(products, products + columns.size(), of_gamma, [](double sum) { return static_cast<float>(sum); });
    for (std::int64_t r = 0; r < rows_; ++r) {
      const float *x = at(input_.data, input_, r), *dy = at(output_.delta, output_, r);
      float* dx = at(input_.delta, input_, r);
      for (std::int64_t c = columns.begin; c < columns.end; ++c) {
        const std::int64_t i = c - columns.begin;
        const float value =
            gamma(c) * inverse_[c] * (dy[c] - share * of_beta[i] - normalized(x, c) * share * of_gamma[i]);
        dx[c] = input_.delta_accumulates ? dx[c] + value : value;
      }
    }
  }
  float gamma(std::int64_t c) const { return gamma_ != nullptr ? gamma_[c] : 1.0F; }
  float beta(std::int64_t c) const { return beta_ != nullptr ? beta_[c] : 0.0F; }
  float normalized(const float* x, std::int64_t c) const { return (x[c] - mean_[c]) * inverse_[c]; }

  [[nodiscard]] float moving_deviation(std::int64_t c) const {
    return std::sqrt(moving_variance_[c] + static_cast<float>(options_.epsilon));
  }

  void infer(IndexRange rows) {
    for (std::int64_t r = rows.begin * places_; r < rows.end * places_; ++r) {
      const float* x = at(input_.data, input_, r);
      float* y = at(output_.data, output_, r);
      for (std::int64_t c = 0; c < width_; ++c)
        y[c] = (x[c] - moving_mean_[c]) / moving_deviation(c) * gamma(c) + beta(c);
    }
  }

  // dx = gamma / sqrt(moving variance + eps) dy
  void backward_of_inference(IndexRange rows) {
    if (input_.delta == nullptr) return;
    for (std::int64_t r = rows.begin * places_; r < rows.end * places_; ++r) {
      const float* dy = at(output_.delta, output_, r);
      float* dx = at(input_.delta, input_, r);
      for (std::int64_t c = 0; c < width_; ++c) {
        const float value = gamma(c) / moving_deviation(c) * dy[c];
        dx[c] = input_.delta_accumulates ? dx[c] + value : value;
      }
    }
  }

  BatchNormalization options_;
  Parts parts_;
  ValueBuffers input_, output_;
  // Channels; places of a sample (1 unless it is an image); places of these rows, and of the whole batch.
  std::int64_t width_, places_, rows_, all_rows_;
  bool keeps_statistics_;
  bool training_;  // normalises over the batch; false: uses the moving averages
  std::vector<IndexRange> shards_;
  const float *gamma_, *beta_;
  float *moving_mean_, *moving_variance_;
  std::vector<double> means_;                               // [width], of the last batch
  Buffer mean_, inverse_, gamma_gradient_, beta_gradient_;  // [width], of the last batch
  std::vector<GradientTile> tiles_;
};

class BatchNormalizationLayer final : public Layer {
 public:
  explicit BatchNormalizationLayer(const BatchNormalization& options) : options_(options) {}

  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_inputs("batch_normalization", inputs, 1);
    LayerSignature signature{inputs[0], {}};
    const auto add = [&](const char* name, const char* initializer, bool trainable) {
      signature.parameters.push_back(
          {.name = name, .shape = {inputs[0].back()}, .initializer = initializer, .trainable = trainable});
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
    const auto width = static_cast<std::size_t>(inputs[0].back()), rows = operands.inputs[0].size() / width;
    const Parts parts(options_);
    const std::span<const double> x = operands.inputs[0];
    for (std::size_t c = 0; c < width; ++c) {
      double mean = 0, variance = 0;
      for (std::size_t r = 0; r < rows; ++r) mean += x[r * width + c] / static_cast<double>(rows);
      for (std::size_t r = 0; r < rows; ++r)
        variance += (x[r * width + c] - mean) * (x[r * width + c] - mean) / static_cast<double>(rows);
      const double gamma = options_.scale ? operands.parameters[parts.gamma][c] : 1,
                   beta = options_.center ? operands.parameters[parts.beta][c] : 0;
      for (std::size_t r = 0; r < rows; ++r)
        operands.output[r * width + c] =
            gamma * (x[r * width + c] - mean) / std::sqrt(variance + options_.epsilon) + beta;
    }
  }

  // Inference with the moving statistics, as plain arithmetic: ONNX's reference evaluator runs BatchNormalization of
  // opset 13 as in training. The deviation is a constant, because OpenCV 4.6 loads no operator on constants alone.
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape> inputs) const override {
    const Parts parts(options_);
    std::vector<float> deviation = graph.constants.at(site.parameters[parts.variance]).values;
    for (float& value : deviation) value = std::sqrt(value + static_cast<float>(options_.epsilon));
    graph.add_constant(site.name + "/deviation", {inputs[0].back()}, std::move(deviation));

    const bool last_is_division = !options_.scale && !options_.center;
    std::string y = graph.add("Sub", site.name + "/centered", {site.inputs[0], site.parameters[parts.mean]});
    y = graph.add("Div", last_is_division ? site.name : site.name + "/normalized", {y, site.name + "/deviation"});
    if (options_.scale)
      y = graph.add("Mul", options_.center ? site.name + "/scaled" : site.name, {y, site.parameters[parts.gamma]});
    if (options_.center) graph.add("Add", site.name, {y, site.parameters[parts.beta]});
  }

 private:
  BatchNormalization options_;
};

}  // namespace

LayerRow batch_normalization_row() {
  return layer_row_of<BatchNormalization, BatchNormalizationLayer>(
      "scales each column of a batch to mean 0 and variance 1",
      {"batch_normalization", "batch_normalization:center=false", "batch_normalization:scale=false:unbiased=true"},
      {"batchnorm", "batch_norm", "batchnorm1d", "batchnorm2d"});
}

}  // namespace millrace
