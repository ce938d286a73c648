// SPDX-License-Identifier: Apache-2.0
//
// Convolutions and poolings against loops over every window. Extents, strides, dilation and padding are all different,
// so that a height taken for a width shows.
#include "kernels/image_kernel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/buffer.hpp"
#include "base/random.hpp"
#include "threads/kernel_thread.hpp"

namespace millrace {
namespace {

ImageWindows windows() {
  return {.images = 2,
          .in = {7, 9},
          .out = {4, 9},
          .channels = 4,
          .size = {3, 2},
          .strides = {2, 1},
          .dilation = {1, 2},
          .before = {1, 0},
          .after = {1, 2}};
}
ImageWindows pooling_windows() {
  return {.images = 2, .in = {6, 8}, .out = {3, 4}, .channels = 3, .size = {2, 3}, .strides = {2, 2}, .before = {0, 1}};
}

Buffer random_buffer(std::int64_t floats, std::uint64_t id) {
  Random random(5, RandomStream::noise, id);
  Buffer buffer(floats);
  for (std::int64_t i = 0; i < floats; ++i) buffer[i] = random.uniform() - 0.5F;
  return buffer;
}

std::int64_t input_floats(const ImageWindows& w) { return w.images * w.in[0] * w.in[1] * w.channels; }
std::int64_t places(const ImageWindows& w) { return w.images * w.out[0] * w.out[1]; }

// Calls use(place, window element, pixel) for every element of every window that lies inside its image. A place is the
// number of an output, a pixel that of an input: both without channels.
template <class Use>
void for_each_element(const ImageWindows& w, const Use& use) {
  for (std::int64_t place = 0; place < places(w); ++place) {
    const std::int64_t image = place / (w.out[0] * w.out[1]), row = place / w.out[1] % w.out[0],
                       column = place % w.out[1];
    for (std::int64_t r = 0; r < w.size[0]; ++r) {
      for (std::int64_t c = 0; c < w.size[1]; ++c) {
        const std::int64_t y = row * w.strides[0] - w.before[0] + r * w.dilation[0],
                           x = column * w.strides[1] - w.before[1] + c * w.dilation[1];
        if (y >= 0 && y < w.in[0] && x >= 0 && x < w.in[1])
          use(place, r * w.size[1] + c, (image * w.in[0] + y) * w.in[1] + x);
      }
    }
  }
}

void expect_near(const Buffer& got, const std::vector<double>& wanted, const std::string& what) {
  ASSERT_EQ(got.size(), std::ssize(wanted)) << what;
  for (std::int64_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], wanted[i], 1e-5) << what << ", float " << i;
}

// Filter f reads the channels of its group: [height x width x channels / groups x filters].
struct Convolution {
  explicit Convolution(std::int64_t groups)
      : spec{.windows = windows(), .filters = 6, .groups = groups, .bias = true},
        depth(spec.windows.channels / groups),
        x(random_buffer(input_floats(spec.windows), 1)),
        w(random_buffer(spec.windows.size[0] * spec.windows.size[1] * depth * spec.filters, 2)),
        bias(random_buffer(spec.filters, 3)),
        dy(random_buffer(places(spec.windows) * spec.filters, 4)) {}

  // Calls use(index into y, into w, into x) for every product of the convolution.
  template <class Use>
  void for_each_product(const Use& use) const {
    for_each_element(spec.windows, [&](std::int64_t place, std::int64_t inside, std::int64_t pixel) {
      for (std::int64_t f = 0; f < spec.filters; ++f) {
        const std::int64_t first = f / (spec.filters / spec.groups) * depth;
        for (std::int64_t i = 0; i < depth; ++i) {
          use(place * spec.filters + f, (inside * depth + i) * spec.filters + f,
              pixel * spec.windows.channels + first + i);
        }
      }
    });
  }

  ConvolutionSpec spec;
  std::int64_t depth;
  Buffer x, w, bias, dy;
};

TEST(ImageKernel, ConvolvesEveryWindow) {
  const KernelThread thread;
  for (const std::int64_t groups : {1, 2}) {
    const Convolution c(groups);
    std::vector<double> wanted(c.dy.size());
    for (std::int64_t i = 0; i < std::ssize(wanted); ++i) wanted[i] = c.bias[i % c.spec.filters];
    c.for_each_product([&](std::int64_t y, std::int64_t w, std::int64_t x) {
      wanted[y] += static_cast<double>(c.w[w]) * static_cast<double>(c.x[x]);
    });
    const ImageKernel kernel = ImageKernel::convolution(c.spec);
    Buffer y(c.dy.size()), scratch(kernel.scratch_floats());
    kernel({.source = c.x.data(), .weights = c.w.data(), .bias = c.bias.data(), .result = y.data()}, scratch.data());
    expect_near(y, wanted, std::to_string(groups) + " groups, " + kernel.implementation());
  }
}

TEST(ImageKernel, GivesTheGradientsOfAConvolution) {
  const KernelThread thread;
  for (const std::int64_t groups : {1, 2}) {
    const Convolution c(groups);
    std::vector<double> dx(c.x.size()), dw(c.w.size()), db(c.spec.filters);
    c.for_each_product([&](std::int64_t y, std::int64_t w, std::int64_t x) {
      dx[x] += static_cast<double>(c.dy[y]) * static_cast<double>(c.w[w]);
      dw[w] += static_cast<double>(c.dy[y]) * static_cast<double>(c.x[x]);
    });
    for (std::int64_t i = 0; i < c.dy.size(); ++i) db[i % c.spec.filters] += static_cast<double>(c.dy[i]);

    const ImageKernel of_input = ImageKernel::convolution_input_gradient(c.spec),
                      of_weights = ImageKernel::convolution_weight_gradient(c.spec);
    Buffer scratch(std::max(of_input.scratch_floats(), of_weights.scratch_floats()));
    Buffer got_dx(c.x.size()), got_dw(c.w.size()), got_db(c.spec.filters);
    of_input({.source = c.dy.data(), .weights = c.w.data(), .result = got_dx.data()}, scratch.data());
    of_weights({.source = c.x.data(), .weights = c.dy.data(), .result = got_dw.data(), .bias_result = got_db.data()},
               scratch.data());
    const std::string what = std::to_string(groups) + " groups, gradient of ";
    expect_near(got_dx, dx, what + "the input");
    expect_near(got_dw, dw, what + "the weights");
    expect_near(got_db, db, what + "the bias");
  }
}

TEST(ImageKernel, PoolsTheLargestOrTheMeanInsideTheImage) {
  const KernelThread thread;
  const ImageWindows w = pooling_windows();
  const Buffer x = random_buffer(input_floats(w), 6), dy = random_buffer(places(w) * w.channels, 7);
  for (const bool largest : {true, false}) {
    std::vector<double> sum(dy.size()), count(dy.size()), most(dy.size(), -1), dx(x.size());
    std::vector<std::int64_t> where(dy.size());
    const auto for_each_channel = [&](const auto& use) {
      for_each_element(w, [&](std::int64_t place, std::int64_t, std::int64_t pixel) {
        for (std::int64_t c = 0; c < w.channels; ++c) use(place * w.channels + c, pixel * w.channels + c);
      });
    };
    for_each_channel([&](std::int64_t y, std::int64_t from) {
      sum[y] += static_cast<double>(x[from]);
      count[y] += 1;
      if (static_cast<double>(x[from]) > most[y]) where[y] = from;
      most[y] = std::max(most[y], static_cast<double>(x[from]));
    });
    std::vector<double> wanted(dy.size());
    for (std::int64_t y = 0; y < dy.size(); ++y) wanted[y] = largest ? most[y] : sum[y] / count[y];
    for_each_channel([&](std::int64_t y, std::int64_t from) {
      if (largest)
        dx[from] += from == where[y] ? static_cast<double>(dy[y]) : 0;
      else
        dx[from] += static_cast<double>(dy[y]) / count[y];
    });

    const PoolingSpec spec{.windows = w, .largest = largest, .remembers = true};
    const ImageKernel forward = ImageKernel::pooling(spec), backward = ImageKernel::pooling_gradient(spec);
    Buffer scratch(std::max(forward.scratch_floats(), backward.scratch_floats())), remembered(forward.place_floats());
    Buffer y(dy.size()), got_dx(x.size());
    forward({.source = x.data(), .result = y.data(), .places = remembered.data()}, scratch.data());
    backward({.source = dy.data(), .result = got_dx.data(), .places = remembered.data()}, scratch.data());
    const std::string what = largest ? "the largest" : "the mean";
    expect_near(y, wanted, what);
    expect_near(got_dx, dx, "gradient of " + what);
  }
}

}  // namespace
}  // namespace millrace
