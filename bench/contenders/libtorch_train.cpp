// SPDX-License-Identifier: Apache-2.0
//
// Training with PyTorch's C++ library: rows picked by index, backward by autograd, the fused Adam of eager PyTorch.
// libtorch.py compiles this file and calls train().
#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

using torch::Tensor;

torch::nn::Sequential network(const std::int64_t* widths, int count, int hidden) {
  torch::nn::Sequential layers;
  for (int i = 0; i + 1 < count; ++i) {
    layers->push_back(torch::nn::Linear(widths[i], widths[i + 1]));
    if (i + 2 == count) break;
    if (hidden == 0) layers->push_back(torch::nn::Sigmoid());
    if (hidden == 1) layers->push_back(torch::nn::ReLU());
    if (hidden == 2) layers->push_back(torch::nn::Tanh());
  }
  return layers;
}

Tensor loss_of(const Tensor& output, const Tensor& y, int loss) {
  if (loss == 0) return torch::binary_cross_entropy_with_logits(output, y);
  return loss == 1 ? torch::cross_entropy_loss(output, y) : torch::mse_loss(output, y);
}

struct Adam {
  std::vector<Tensor> weights, m, v, steps;

  explicit Adam(const std::vector<Tensor>& parameters) : weights(parameters) {
    for (const Tensor& w : weights) {
      m.push_back(torch::zeros_like(w));
      v.push_back(torch::zeros_like(w));
      steps.push_back(torch::zeros({}));
    }
  }
  void step(double rate) {
    const torch::NoGradGuard guard;
    std::vector<Tensor> gradients;
    for (Tensor& w : weights) gradients.push_back(w.grad());
    for (Tensor& count : steps) count += 1;
    at::_fused_adam_(weights, gradients, m, v, {}, steps, rate, 0.9, 0.999, 0.0, 1e-8, false, false);
    for (Tensor& w : weights) w.mutable_grad() = Tensor();
  }
};

}  // namespace

/// x [rows x widths[0]]; y: floats, or classes (int64) if loss is 1. hidden: sigmoid, relu, tanh. loss: binary cross-entropy, cross-entropy,
/// squared error. Writes the seconds of each epoch and, after them, the outputs of all rows. Returns 0, or 1 if it failed.
extern "C" int train(const float* x, const void* y, std::int64_t rows, const std::int64_t* widths, int count,
                     int hidden, int loss, std::int64_t batch, double rate, int threads, int epochs, double* seconds,
                     float* outputs) try {
  at::set_num_threads(threads);
  const std::int64_t columns = widths[count - 1];
  const Tensor features = torch::from_blob(const_cast<float*>(x), {rows, widths[0]});
  const Tensor targets = loss == 1 ? torch::from_blob(const_cast<void*>(y), {rows}, torch::kInt64)
                                   : torch::from_blob(const_cast<void*>(y), {rows, columns});
  torch::nn::Sequential model = network(widths, count, hidden);
  Adam adam(model->parameters());
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const auto begin = std::chrono::steady_clock::now();
    for (const Tensor& picked : torch::randperm(rows).split(batch)) {
      loss_of(model->forward(features.index_select(0, picked)), targets.index_select(0, picked), loss).backward();
      adam.step(rate);
    }
    seconds[epoch] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  const torch::NoGradGuard guard;
  torch::from_blob(outputs, {rows, columns}).copy_(model->forward(features));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
