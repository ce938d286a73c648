// SPDX-License-Identifier: Apache-2.0
//
// Parts of buffers of a batch, checks of shapes, and table rows, for all layers.
#pragma once

#include <cstring>

#include "base/fail.hpp"
#include "ops/activations/activation.hpp"
#include "ops/layers/layer.hpp"

namespace millrace {

/// The given rows of a buffer of `value`: of its data or its delta.
[[nodiscard]] inline StridedRows<float> rows_of(float* buffer, const ValueBuffers& value, IndexRange rows) {
  return {buffer + rows.begin * value.stride, value.stride};
}
[[nodiscard]] inline StridedRows<const float> rows_of(const float* buffer, const ValueBuffers& value, IndexRange rows) {
  return {buffer + rows.begin * value.stride, value.stride};
}

/// to = from.
inline void copy_rows(StridedRows<const float> from, StridedRows<float> to, std::int64_t rows, std::int64_t width) {
  if (from.stride == width && to.stride == width) {
    width *= rows;
    rows = 1;
  }
  for (std::int64_t r = 0; r < rows; ++r)
    std::memcpy(to.row(r), from.row(r), static_cast<std::size_t>(width) * sizeof(float));
}

/// Passes a delta to an input: `=`, or `+=` if another consumer has written before.
inline void pass_delta(StridedRows<const float> from, StridedRows<float> to, std::int64_t rows, std::int64_t width,
                       bool accumulate) {
  if (!accumulate) return copy_rows(from, to, rows, width);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t i = 0; i < width; ++i) to.row(r)[i] += from.row(r)[i];
  }
}

/// Throws Error{usage} unless the layer has exactly `count` inputs.
inline void require_inputs(std::string_view layer, std::span<const Shape> inputs, std::size_t count) {
  if (inputs.size() != count) {
    fail(ErrorKind::usage, layer,
         "has " + std::to_string(inputs.size()) + " inputs, expected " + std::to_string(count));
  }
}

/// The table row of a layer whose class is made from its typed options, and from the semantics if it takes them.
template <OptionStruct Options, class Implementation>
[[nodiscard]] LayerRow layer_row_of(std::string_view summary, std::vector<std::string_view> examples,
                                    std::vector<std::string_view> aliases = {}) {
  return {.name = Options::op,
          .aliases = std::move(aliases),
          .summary = summary,
          .options = &describe_options<Options>,
          .make = [](const OpConfig& config, Semantics semantics) -> std::shared_ptr<const Layer> {
            const auto options = options_from<Options>(config, semantics);
            if constexpr (std::is_constructible_v<Implementation, const Options&, Semantics>)
              return std::make_shared<Implementation>(options, semantics);
            else
              return std::make_shared<Implementation>(options);
          },
          .examples = std::move(examples)};
}

}  // namespace millrace
