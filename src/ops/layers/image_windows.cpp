// SPDX-License-Identifier: Apache-2.0
#include "ops/layers/image_windows.hpp"

#include "base/fail.hpp"

namespace millrace {

bool pads_same(std::string_view layer, const std::string& padding) {
  if (padding != "valid" && padding != "same")
    fail(ErrorKind::usage, layer, unknown_name("padding", padding, {"valid", "same"}));
  return padding == "same";
}

void require_image(std::string_view layer, std::span<const Shape> inputs) {
  require_inputs(layer, inputs, 1);
  if (inputs[0].size() != 3) {
    fail(ErrorKind::usage, layer,
         "input has shape " + shape_text(inputs[0]) +
             ", expected an image (height, width, channels); put a reshape layer before it");
  }
}

void require_automatic_kernels(std::string_view layer, const LayerContext& context) {
  if (context.kernels == KernelChoice::portable)
    fail(ErrorKind::usage, layer, "the network has this layer, which has no portable kernels, expected kernels=auto");
}

ImageWindows place_windows(std::string_view layer, ImageWindows w, const Shape& input, bool same) {
  w.channels = input[2];
  for (std::size_t d = 0; d < 2; ++d) {
    w.in[d] = input[d];
    const std::int64_t span = (w.size[d] - 1) * w.dilation[d] + 1;
    if (same) {
      w.out[d] = ceil_div(w.in[d], w.strides[d]);
      const std::int64_t missing = std::max<std::int64_t>(0, (w.out[d] - 1) * w.strides[d] + span - w.in[d]);
      w.before[d] = missing / 2;
      w.after[d] = missing - w.before[d];
      continue;
    }
    if (span > w.in[d]) {
      fail(ErrorKind::usage, layer,
           "input has shape " + shape_text(input) + ", smaller than a window that spans " + std::to_string(span) +
               " of its " + (d == 0 ? "height" : "width") + "; expected a larger image, or padding=same");
    }
    w.out[d] = (w.in[d] - span) / w.strides[d] + 1;
  }
  return w;
}

void for_each_place(const ImageWindows& w, std::int64_t row, std::int64_t column,
                    const std::function<void(std::int64_t, std::int64_t)>& visit) {
  for (std::int64_t r = 0; r < w.size[0]; ++r) {
    const std::int64_t y = row * w.strides[0] + r * w.dilation[0] - w.before[0];
    for (std::int64_t c = 0; c < w.size[1]; ++c) {
      const std::int64_t x = column * w.strides[1] + c * w.dilation[1] - w.before[1];
      if (y >= 0 && y < w.in[0] && x >= 0 && x < w.in[1]) visit(r * w.size[1] + c, y * w.in[1] + x);
    }
  }
}

std::map<std::string, NodeAttribute> window_attributes(const ImageWindows& w, bool dilated) {
  const auto pair = [](const std::array<std::int64_t, 2>& a) { return std::vector<std::int64_t>{a[0], a[1]}; };
  std::map<std::string, NodeAttribute> attributes{
      {"kernel_shape", pair(w.size)},
      {"strides", pair(w.strides)},
      {"pads", std::vector<std::int64_t>{w.before[0], w.before[1], w.after[0], w.after[1]}}};
  if (dilated) attributes["dilations"] = pair(w.dilation);
  return attributes;
}

std::string add_image_node(PlainGraph& graph, const std::string& op, const std::string& name, const std::string& image,
                           std::vector<std::string> more, std::map<std::string, NodeAttribute> attributes) {
  const auto order = [](std::vector<std::int64_t> axes) {
    return std::map<std::string, NodeAttribute>{{"perm", std::move(axes)}};
  };
  more.insert(more.begin(), graph.add("Transpose", name + "/channels_first", {image}, order({0, 3, 1, 2})));
  const std::string result = graph.add(op, name + "/" + op, std::move(more), std::move(attributes));
  return graph.add("Transpose", name, {result}, order({0, 2, 3, 1}));
}

}  // namespace millrace
