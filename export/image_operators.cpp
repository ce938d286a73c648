// SPDX-License-Identifier: Apache-2.0
#include "export/image_operators.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "export/operator_support.hpp"

namespace millrace {

namespace {

// Windows over the last two of four dimensions.
struct Windows {
  std::vector<std::int64_t> size, strides, dilations, pads;
  std::array<std::int64_t, 2> in{}, out{};

  Windows(const GraphNode& node, const DoubleTensor& x, const std::vector<std::int64_t>& default_size)
      : size(attribute(node, "kernel_shape", default_size)),
        strides(attribute(node, "strides", {1, 1})),
        dilations(attribute(node, "dilations", {1, 1})),
        pads(attribute(node, "pads", {0, 0, 0, 0})) {
    const bool rounds_up = attribute(node, "ceil_mode", 0) != 0;
    constexpr std::int64_t most = 1 << 30;
    for (std::size_t d = 0; d < 2; ++d) {
      in[d] = x.shape[d + 2];
      for (const std::int64_t extent : {size[d], strides[d], dilations[d]})
        if (extent < 1 || extent > most)
          refuse(node, "a window, stride or dilation of " + std::to_string(extent) + ", expected 1 to " +
                           std::to_string(most));
      pad_automatically(node, d);
      // More would only add places without any pixel, each of which costs memory.
      for (const std::int64_t pad : {pads[d], pads[d + 2]})
        if (pad < 0 || pad > span(d))
          refuse(node, "pads by " + std::to_string(pad) + ", expected 0 to " + std::to_string(span(d)) +
                           ", the pixels that a window spans");
      const std::int64_t room = in[d] + pads[d] + pads[d + 2] - span(d);
      if (room < 0) refuse(node, "an image of shape " + shape_text(x.shape) + " is smaller than the window");
      out[d] = room / strides[d] + 1;
      // A last window that begins inside the image or the padding before it counts, too.
      if (rounds_up && room % strides[d] != 0 && out[d] * strides[d] < in[d] + pads[d]) ++out[d];
    }
  }

  [[nodiscard]] std::int64_t span(std::size_t d) const { return (size[d] - 1) * dilations[d] + 1; }

  void pad_automatically(const GraphNode& node, std::size_t d) {
    const std::string way = text_attribute(node, "auto_pad");
    if (way.empty() || way == "NOTSET" || way == "VALID") return;
    if (way != "SAME_UPPER" && way != "SAME_LOWER") refuse(node, "auto_pad is '" + way + "'");
    const std::int64_t places = (in[d] + strides[d] - 1) / strides[d];
    const std::int64_t missing = std::max<std::int64_t>(0, (places - 1) * strides[d] + span(d) - in[d]);
    pads[d] = way == "SAME_UPPER" ? missing / 2 : missing - missing / 2;
    pads[d + 2] = missing - pads[d];
  }

  // Calls visit(place in the window, place in the image) for each place of the window inside the image.
  template <class Visit>
  void at(std::int64_t row, std::int64_t column, const Visit& visit) const {
    const std::int64_t top = row * strides[0] - pads[0], left = column * strides[1] - pads[1];
    for (std::int64_t r = first_inside(top, 0); r < size[0] && top + r * dilations[0] < in[0]; ++r) {
      const std::int64_t y = top + r * dilations[0];
      for (std::int64_t c = first_inside(left, 1); c < size[1] && left + c * dilations[1] < in[1]; ++c)
        visit(static_cast<std::size_t>(r * size[1] + c), static_cast<std::size_t>(y * in[1] + left + c * dilations[1]));
    }
  }

  // The outputs along dimension d, from the first to behind the last, for which place `p` of their window is in the image.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> outputs_inside(std::int64_t p, std::size_t d) const {
    const std::int64_t before = pads[d] - p * dilations[d], behind = in[d] + before;
    const auto upwards = [&](std::int64_t pixels) { return (pixels + strides[d] - 1) / strides[d]; };
    return {before > 0 ? upwards(before) : 0, behind > 0 ? std::min(out[d], upwards(behind)) : 0};
  }

  // y += weight x, where `x` is a channel and `y` a filter: for all outputs that have this place of their window in the image.
  void add(std::int64_t row, std::int64_t column, double weight, const double* x, double* y) const {
    const auto [top, bottom] = outputs_inside(row, 0);
    const auto [left, right] = outputs_inside(column, 1);
    for (std::int64_t r = top; r < bottom; ++r) {
      const double* const from = x + (r * strides[0] - pads[0] + row * dilations[0]) * in[1];
      const std::int64_t shift = column * dilations[1] - pads[1];
      for (std::int64_t c = left; c < right; ++c) y[r * out[1] + c] += from[c * strides[1] + shift] * weight;
    }
  }

  // The first place of a window from `begin` on that is not in the padding before the image.
  [[nodiscard]] std::int64_t first_inside(std::int64_t begin, std::size_t d) const {
    return begin >= 0 ? 0 : (-begin + dilations[d] - 1) / dilations[d];
  }
};

void require_images(const GraphNode& node, const DoubleTensor& x) {
  if (x.shape.size() != 4) refuse(node, "input has shape " + shape_text(x.shape) + ", expected four dimensions");
}

// For each image and channel: of(values in the window) at every place of the window. A global pooling also takes lines,
// (batch, channels, width).
template <class Of>
DoubleTensor pool(const GraphNode& node, const DoubleTensor& x, bool global, const Of& of) {
  if (global && x.shape.size() == 3) {
    DoubleTensor y = pool(node, {{x.shape[0], x.shape[1], 1, x.shape[2]}, x.values}, true, of);
    y.shape.pop_back();
    return y;
  }
  require_images(node, x);
  const Windows windows(node, x, global ? std::vector{x.shape[2], x.shape[3]} : std::vector<std::int64_t>{1, 1});
  DoubleTensor y{{x.shape[0], x.shape[1], windows.out[0], windows.out[1]}, {}};
  require_room(node, y.shape);
  const auto plane = static_cast<std::size_t>(windows.in[0] * windows.in[1]);
  std::vector<double> inside;
  for (std::size_t begin = 0; begin < x.values.size(); begin += plane) {
    for (std::int64_t place = 0; place < windows.out[0] * windows.out[1]; ++place) {
      inside.clear();
      windows.at(place / windows.out[1], place % windows.out[1],
                 [&](std::size_t, std::size_t there) { inside.push_back(x.values[begin + there]); });
      if (inside.empty()) refuse(node, "a window lies beside the image, expected smaller pads or dilations");
      y.values.push_back(of(inside));
    }
  }
  return y;
}

double largest(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }
double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

DoubleTensor convolution(const GraphNode& node, const Operands& in) {
  const DoubleTensor &x = *in.at(0), &kernel = *in.at(1);
  require_images(node, x);
  require_images(node, kernel);
  const auto groups = whole_attribute(node, "group", 1);
  const std::int64_t filters = kernel.shape[0], depth = kernel.shape[1];
  if (groups < 1 || filters % groups != 0 || x.shape[1] % groups != 0 || depth != x.shape[1] / groups)
    refuse(node, "shapes " + shape_text(x.shape) + " and " + shape_text(kernel.shape) + " do not fit together");
  const Windows windows(node, x, {kernel.shape[2], kernel.shape[3]});
  if (windows.size != std::vector{kernel.shape[2], kernel.shape[3]})
    refuse(node,
           "kernel_shape is " + shape_text(windows.size) + ", but the kernel has shape " + shape_text(kernel.shape));
  const bool has_bias = in.size() > 2 && in[2] != nullptr;
  if (has_bias && in[2]->shape != Shape{filters})
    refuse(node, "a bias of shape " + shape_text(in[2]->shape) + " for " + std::to_string(filters) + " filters");
  DoubleTensor y{{x.shape[0], filters, windows.out[0], windows.out[1]}, {}};
  require_room(node, y.shape);
  const std::int64_t plane = windows.in[0] * windows.in[1], places = windows.out[0] * windows.out[1],
                     window = kernel.shape[2] * kernel.shape[3];
  y.values.resize(static_cast<std::size_t>(element_count(y.shape)));
  double* to = y.values.data();
  for (std::int64_t image = 0; image < x.shape[0]; ++image) {
    for (std::int64_t f = 0; f < filters; ++f, to += places) {
      std::fill_n(to, places, has_bias ? in[2]->values[static_cast<std::size_t>(f)] : 0);
      const double* const from = x.values.data() + (image * x.shape[1] + f / (filters / groups) * depth) * plane;
      const double* const weights = kernel.values.data() + f * depth * window;
      // A run along the plane is innermost, for speed; each output still sums by place of its window, then by channel.
      for (std::int64_t place = 0; place < window; ++place)
        for (std::int64_t c = 0; c < depth; ++c)
          windows.add(place / windows.size[1], place % windows.size[1], weights[c * window + place], from + c * plane,
                      to);
    }
  }
  return y;
}

DoubleTensor max_pool(const GraphNode& node, const Operands& in) { return pool(node, *in.at(0), false, largest); }
DoubleTensor average_pool(const GraphNode& node, const Operands& in) {
  const auto padded = attribute(node, "pads", std::vector<std::int64_t>{0, 0, 0, 0});
  const bool counts = attribute(node, "count_include_pad", 0) != 0;
  if (counts && std::ranges::any_of(padded, [](std::int64_t pad) { return pad != 0; }))
    refuse(node, "count_include_pad is set, expected 0");
  return pool(node, *in.at(0), false, mean);
}
DoubleTensor global_max_pool(const GraphNode& node, const Operands& in) { return pool(node, *in.at(0), true, largest); }
DoubleTensor global_average_pool(const GraphNode& node, const Operands& in) {
  return pool(node, *in.at(0), true, mean);
}

}  // namespace millrace
