// SPDX-License-Identifier: Apache-2.0
//
// Windows on images, for convolution and pooling: from options, in ONNX, and in the references.
#pragma once

#include <functional>

#include "base/buffer.hpp"
#include "kernels/image_kernel.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

/// {height, width}
[[nodiscard]] inline std::array<std::int64_t, 2> pair_of(const Extents& extents) {
  return {extents.height, extents.width};
}
/// Whether padding is "same". Throws Error{usage} unless it is that or "valid".
[[nodiscard]] bool pads_same(std::string_view layer, const std::string& padding);
/// Throws Error{usage} unless there is one input, an image.
void require_image(std::string_view layer, std::span<const Shape> inputs);
/// Throws Error{usage} for portable kernels: images have oneDNN's only.
void require_automatic_kernels(std::string_view layer, const LayerContext& context);

/// Completes `windows`, which has size, strides and dilation, for an input of this shape. Throws Error{usage} for a window
/// larger than the image.
[[nodiscard]] ImageWindows place_windows(std::string_view layer, ImageWindows windows, const Shape& input, bool same);

/// Calls visit(pixel of the window, pixel of the image) for each pixel of window (row, column) inside the image. Pixels
/// are numbered row by row.
void for_each_place(const ImageWindows& windows, std::int64_t row, std::int64_t column,
                    const std::function<void(std::int64_t inside, std::int64_t image)>& visit);

/// The rows of shards side by side, as kernels take images: the value itself, or a copy where its rows have gaps.
class AdjacentRows {
 public:
  AdjacentRows(const ValueBuffers& value, std::int64_t batch)
      : value_(value), copy_(value.stride == value.width ? 0 : batch * value.width) {}
  /// Called once for each shard, before rows().
  void load(IndexRange rows) {
    if (copy_.size() > 0)
      copy_rows(rows_of(static_cast<const float*>(value_.data), value_, rows), {copy(rows), value_.width}, rows.size(),
                value_.width);
  }
  [[nodiscard]] const float* rows(std::int64_t begin) const {
    return copy_.size() > 0 ? copy_.data() + begin * value_.width : value_.data + begin * value_.stride;
  }
  /// Whether a kernel can write its gradient to the delta; otherwise it writes to scratch memory, followed by give().
  [[nodiscard]] bool delta_is_direct() const { return value_.stride == value_.width && !value_.delta_accumulates; }
  [[nodiscard]] float* delta(IndexRange rows) const { return value_.delta + rows.begin * value_.stride; }
  void give(const float* gradient, IndexRange rows) const {
    pass_delta({gradient, value_.width}, rows_of(value_.delta, value_, rows), rows.size(), value_.width,
               value_.delta_accumulates);
  }
  [[nodiscard]] bool wants_delta() const { return value_.delta != nullptr; }
  [[nodiscard]] std::int64_t width() const { return value_.width; }

 private:
  float* copy(IndexRange rows) { return copy_.data() + rows.begin * value_.width; }
  ValueBuffers value_;
  Buffer copy_;
};

/// The attributes of windows in ONNX.
[[nodiscard]] std::map<std::string, NodeAttribute> window_attributes(const ImageWindows& windows, bool dilated);
/// Appends `op` between transposes from channels last to channels first and back; returns the name, as `name`.
std::string add_image_node(PlainGraph& graph, const std::string& op, const std::string& name, const std::string& image,
                           std::vector<std::string> more, std::map<std::string, NodeAttribute> attributes);

}  // namespace millrace
