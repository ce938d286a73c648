// SPDX-License-Identifier: Apache-2.0
#include "kernels/bfloat16.hpp"

#include <algorithm>
#include <bit>

#include "base/vectorize.hpp"
#include "kernels/onednn.hpp"
#include "kernels/panels.hpp"
#include "kernels/transpose.hpp"

namespace millrace {

namespace {

MILLRACE_INLINE std::uint32_t bits_of(float value) { return bfloat16_bits(std::bit_cast<std::uint32_t>(value)); }

// Memory of pairs is untyped in the loops, because template arguments lose the attribute of BfloatPair.

// On a little-endian processor the pairs of a row are its numbers one after the other.
MILLRACE_INLINE void pair_columns_loop(const float* from, std::int64_t from_stride, std::int64_t rows,
                                       std::int64_t columns, void* to, std::int64_t to_stride) {
  // NOLINTNEXTLINE(modernize-use-using): see BfloatPair
  typedef std::uint16_t Bfloat __attribute__((may_alias));
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* __restrict const row = from + r * from_stride;
    auto* __restrict const numbers = static_cast<Bfloat*>(to) + 2 * r * to_stride;
    for (std::int64_t c = 0; c < columns; ++c) numbers[c] = static_cast<std::uint16_t>(bits_of(row[c]));
    if (columns % 2 == 1) numbers[columns] = 0;
  }
}

MILLRACE_INLINE void unpair_loop(const void* from, std::int64_t count, float* to) {
  // NOLINTNEXTLINE(modernize-use-using): see BfloatPair
  typedef std::uint16_t Bfloat __attribute__((may_alias));
  const auto* __restrict const numbers = static_cast<const Bfloat*>(from);
  for (std::int64_t i = 0; i < count; ++i) to[i] = std::bit_cast<float>(static_cast<std::uint32_t>(numbers[i]) << 16);
}

MILLRACE_INLINE void pair_rows_loop(const float* from, std::int64_t from_stride, std::int64_t rows,
                                    std::int64_t columns, void* to, std::int64_t to_stride) {
  for (std::int64_t r = 0; r < rows; r += 2) {
    const float* __restrict const first = from + r * from_stride;
    const float* __restrict const second = first + from_stride;
    auto* __restrict const pairs = static_cast<BfloatPair*>(to) + r / 2 * to_stride;
    if (r + 1 < rows) {
      for (std::int64_t c = 0; c < columns; ++c) pairs[c] = bits_of(first[c]) | bits_of(second[c]) << 16;
    } else {
      for (std::int64_t c = 0; c < columns; ++c) pairs[c] = bits_of(first[c]);
    }
    for (std::int64_t c = columns; c < to_stride; ++c) pairs[c] = 0;
  }
}

constexpr std::int64_t side = rounded_square, pairs_of_side = side / 2;

// From the pairs of rows of a square, transposed (row u has the pairs of column u), to its pairs of columns, transposed:
// to[v * pair_panel_columns + i] is the pair of columns 2 v and 2 v + 1 in row i.
MILLRACE_INLINE void turn_pairs(const float* transposed, std::int64_t rows, std::int64_t columns, void* to) {
  for (std::int64_t u = 0; u < columns; u += 2) {
    const auto* __restrict const left = reinterpret_cast<const BfloatPair*>(transposed) + u * pairs_of_side;
    const auto* __restrict const right = left + pairs_of_side;
    auto* __restrict const pairs = static_cast<BfloatPair*>(to) + u / 2 * pair_panel_columns;
    for (std::int64_t p = 0; p < rows; ++p) {
      pairs[2 * p] = (left[p] & 0xFFFF) | right[p] << 16;
      pairs[2 * p + 1] = left[p] >> 16 | (right[p] & 0xFFFF'0000);
    }
  }
}

void round_square(const float* from, std::int64_t stride, std::int64_t inputs, std::int64_t units, BfloatPair* forward,
                  BfloatPair* backward) {
  // Moving the bits of pairs as floats keeps them as they are.
  float square[pairs_of_side * side], transposed[side * pairs_of_side];
  pair_rows(from, stride, inputs, units, reinterpret_cast<BfloatPair*>(square), side, PairKernel::avx2);
  const std::int64_t pairs = pair_count(inputs);
  for (std::int64_t p = 0; p < pairs; ++p)
    std::copy_n(square + p * side, side, reinterpret_cast<float*>(forward) + p * pair_panel_columns);
  transpose(square, side, {0, pairs}, side, transposed, pairs_of_side);
  vectorized<turn_pairs>(static_cast<const float*>(transposed), pairs, units, static_cast<void*>(backward));
}

const float* weights_at(const float* weights, const MatrixLayout& layout, std::int64_t inputs, std::int64_t units,
                        std::int64_t input, std::int64_t unit) {
  return weights +
         (layout.layout == Layout::panels ? panel_offset(inputs, units, input, unit) : input * layout.stride + unit);
}

}  // namespace

PairKernel pair_kernel() {
  if (onednn::has_bfloat16()) return PairKernel::bf16;
  return kernel_vectors() == Vectors::other ? PairKernel::fused : PairKernel::avx2;
}

const char* name_of(PairKernel kernel) { return kernel == PairKernel::bf16 ? "bf16" : "bf16 emulated"; }

void pair_columns(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns, BfloatPair* to,
                  std::int64_t to_stride, PairKernel kernel) {
  if (kernel == PairKernel::bf16) return pair_columns_bf16(from, from_stride, rows, columns, to, to_stride);
  vectorized<pair_columns_loop>(from, from_stride, rows, columns, static_cast<void*>(to), to_stride);
}

void unpair(const BfloatPair* from, std::int64_t count, float* to) {
  vectorized<unpair_loop>(static_cast<const void*>(from), count, to);
}

void pair_rows(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns, BfloatPair* to,
               std::int64_t to_stride, PairKernel kernel) {
  if (kernel == PairKernel::bf16) return pair_rows_bf16(from, from_stride, rows, columns, to, to_stride);
  vectorized<pair_rows_loop>(from, from_stride, rows, columns, static_cast<void*>(to), to_stride);
}

void round_weights(const float* weights, const MatrixLayout& layout, std::int64_t inputs, std::int64_t units,
                   IndexRange some_inputs, IndexRange some_units, const BfloatWeights& to, PairKernel kernel) {
  const auto round = kernel == PairKernel::bf16 ? round_square_bf16 : round_square;
  for (std::int64_t input = some_inputs.begin, end = 0; input < some_inputs.end; input = end) {
    end = std::min(some_inputs.end, round_up(input + 1, side));  // of the square
    for (std::int64_t unit = some_units.begin; unit < some_units.end; unit += side) {
      const std::int64_t stride = layout.layout == Layout::panels ? panel_width(units, unit) : layout.stride;
      round(weights_at(weights, layout, inputs, units, input, unit), stride, end - input,
            std::min(side, some_units.end - unit),
            to.forward + pair_panel_offset(inputs, unit) + input / 2 * pair_panel_columns,
            to.backward + pair_panel_offset(units, input) + unit / 2 * pair_panel_columns);
    }
  }
}

}  // namespace millrace
