// SPDX-License-Identifier: Apache-2.0
#include "kernels/bfloat16.hpp"

#include <algorithm>
#include <bit>

#include "base/vectorize.hpp"
#include "kernels/panels.hpp"
#include "kernels/transpose.hpp"

namespace millrace {

namespace {

MILLRACE_INLINE std::uint32_t bits_of(float value) { return bfloat16_bits(std::bit_cast<std::uint32_t>(value)); }

// `to` is untyped in the loops, because template arguments lose the attribute of BfloatPair.

// On a little-endian processor the pairs of a row are its numbers one after the other.
MILLRACE_INLINE void round_row(const float* __restrict from, std::int64_t count, void* __restrict to) {
  // NOLINTNEXTLINE(modernize-use-using): see BfloatPair
  typedef std::uint16_t Bfloat __attribute__((may_alias));
  auto* const numbers = static_cast<Bfloat*>(to);
  for (std::int64_t i = 0; i < count; ++i) numbers[i] = static_cast<std::uint16_t>(bits_of(from[i]));
}
MILLRACE_INLINE void join_rows(const float* __restrict first, const float* __restrict second, std::int64_t count,
                               void* __restrict to) {
  auto* const pairs = static_cast<BfloatPair*>(to);
  for (std::int64_t i = 0; i < count; ++i) pairs[i] = bits_of(first[i]) | bits_of(second[i]) << 16;
}
MILLRACE_INLINE void widen_row(const float* __restrict first, std::int64_t count, void* __restrict to) {
  auto* const pairs = static_cast<BfloatPair*>(to);
  for (std::int64_t i = 0; i < count; ++i) pairs[i] = bits_of(first[i]);
}

const float* weights_at(const float* weights, const MatrixLayout& layout, std::int64_t inputs, std::int64_t units,
                        std::int64_t input, std::int64_t unit) {
  return weights +
         (layout.layout == Layout::panels ? panel_offset(inputs, units, input, unit) : input * layout.stride + unit);
}

}  // namespace

void pair_columns(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns, BfloatPair* to,
                  std::int64_t to_stride) {
  for (std::int64_t r = 0; r < rows; ++r) {
    if (columns % 2 == 1) to[r * to_stride + columns / 2] = 0;
    vectorized<round_row>(from + r * from_stride, columns, static_cast<void*>(to + r * to_stride));
  }
}

void pair_rows(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns, BfloatPair* to,
               std::int64_t to_stride) {
  for (std::int64_t r = 0; r < rows; r += 2, to += to_stride) {
    const float* const row = from + r * from_stride;
    if (r + 1 < rows)
      vectorized<join_rows>(row, row + from_stride, columns, static_cast<void*>(to));
    else
      vectorized<widen_row>(row, columns, static_cast<void*>(to));
    std::fill(to + columns, to + to_stride, 0);
  }
}

void round_weights(const float* weights, const MatrixLayout& layout, std::int64_t inputs, std::int64_t units,
                   IndexRange some_inputs, IndexRange some_units, const BfloatWeights& to) {
  constexpr std::int64_t side = pair_panel_columns, pairs = side / 2;
  for (std::int64_t input = some_inputs.begin, end = 0; input < some_inputs.end; input = end) {
    end = std::min(some_inputs.end, round_up(input + 1, side));  // of the panel of inputs
    for (std::int64_t unit = some_units.begin; unit < some_units.end; unit += side) {
      const std::int64_t width = std::min(side, some_units.end - unit);
      const float* const from = weights_at(weights, layout, inputs, units, input, unit);
      const std::int64_t stride = layout.layout == Layout::panels ? panel_width(units, unit) : layout.stride;
      pair_rows(from, stride, end - input, width, to.forward + pair_panel_offset(inputs, unit) + input / 2 * side,
                side);
      float rounded[side * pairs];  // moving the bits of pairs as floats keeps them as they are
      pair_columns(from, stride, end - input, width, reinterpret_cast<BfloatPair*>(rounded), pairs);
      transpose(rounded, pairs, {0, end - input}, pair_count(width),
                reinterpret_cast<float*>(to.backward + pair_panel_offset(units, input) + unit / 2 * side), side);
    }
  }
}

}  // namespace millrace
