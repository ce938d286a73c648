// SPDX-License-Identifier: Apache-2.0
//
// oneDNN's convolutions and poolings of images: prepared once, called many times from any thread, each on one thread.
// Images are [images x height x width x channels] without gaps, weights [height x width x channels / groups x filters].
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "kernels/matmul.hpp"

namespace millrace {

/// Where the windows of a convolution or pooling lie in its images. Pairs are (height, width).
struct ImageWindows {
  std::int64_t images = 1;
  std::array<std::int64_t, 2> in{}, out{};
  std::int64_t channels = 1;
  std::array<std::int64_t, 2> size{1, 1}, strides{1, 1}, dilation{1, 1}, before{}, after{};  ///< padding before, after
};

struct ConvolutionSpec {
  ImageWindows windows;
  std::int64_t filters = 1, groups = 1;
  bool bias = false;
  Eltwise activation;  ///< of the forward pass
};

struct PoolingSpec {
  ImageWindows windows;
  bool largest = true;     ///< false: the mean over the pixels inside the image
  bool remembers = false;  ///< training: forward writes to `places`, which the gradient reads
};

/// The memory of one call. Gradients lie as the tensors that they belong to.
struct ImageOperands {
  const float* source = nullptr;   ///< x; the output's delta in the gradient for x
  const float* weights = nullptr;  ///< kernel, or the output's delta in the gradient for the kernel
  const float* bias = nullptr;
  float* result = nullptr;       ///< y, dx, or the kernel's gradient
  float* bias_result = nullptr;  ///< the bias's gradient
  float* places = nullptr;       ///< place_floats() that a pooling's forward pass writes and its gradient reads
};

/// One prepared pass. Copies share the code; a copy may run on another thread at the same time.
class ImageKernel {
 public:
  // y = activation(x * w + b): source, weights, bias, result.
  [[nodiscard]] static ImageKernel convolution(const ConvolutionSpec& spec);
  // dx: source = dy, weights, result = dx.
  [[nodiscard]] static ImageKernel convolution_input_gradient(const ConvolutionSpec& spec);
  // dw, db: source = x, weights = dy, result = dw, bias_result = db.
  [[nodiscard]] static ImageKernel convolution_weight_gradient(const ConvolutionSpec& spec);
  // source, result, places.
  [[nodiscard]] static ImageKernel pooling(const PoolingSpec& spec);
  [[nodiscard]] static ImageKernel pooling_gradient(const PoolingSpec& spec);

  ImageKernel(const ImageKernel& other);
  ImageKernel(ImageKernel&&) noexcept;
  ImageKernel& operator=(const ImageKernel&) = delete;
  ImageKernel& operator=(ImageKernel&&) noexcept;
  ~ImageKernel();

  /// scratch: scratch_floats() floats, at a cache line, that no other call uses meanwhile.
  void operator()(const ImageOperands& operands, float* scratch) const;
  [[nodiscard]] std::int64_t scratch_floats() const;
  [[nodiscard]] std::int64_t place_floats() const;
  [[nodiscard]] const std::string& implementation() const;

 private:
  struct Impl;
  struct Memories;
  explicit ImageKernel(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
  std::unique_ptr<Memories> memories_;
};

}  // namespace millrace
