// SPDX-License-Identifier: Apache-2.0
//
// bfloat16: the upper half of an fp32 number, with its range and 8 bits of precision. Products take these numbers in
// pairs of neighbours along their sums (pair_product.hpp).
#pragma once

#include <cstdint>

#include "base/buffer.hpp"
#include "base/index.hpp"
#include "kernels/matrix_layout.hpp"
#include "kernels/panels.hpp"

namespace millrace {

/// The numbers that products of dense layers take in training; sums are fp32 in both. Only weights of shapes for which
/// pays_bfloat16() are multiplied as bfloat16 numbers.
enum class ProductPrecision { fp32, mixed_bfloat16 };  // as in precision_words

/// Two bfloat16 numbers; the lower half is the one that comes first along the sum. Any memory may hold pairs.
// A typedef, because clang 14 ignores such attributes in an alias declaration.
// NOLINTNEXTLINE(modernize-use-using)
typedef std::uint32_t BfloatPair __attribute__((may_alias));

/// Which kernels round numbers and multiply pairs of them. All have the same bits.
enum class PairKernel {
  bf16,   ///< AVX512_BF16
  avx2,   ///< AVX2 and FMA
  fused,  ///< std::fma: slow
};
/// The fastest kernel that this process may use.
[[nodiscard]] PairKernel pair_kernel();
[[nodiscard]] const char* name_of(PairKernel kernel);  ///< for --plan: "bf16", "bf16 emulated"

/// Pairs for `count` numbers; with an odd count, the last pair holds a zero.
[[nodiscard]] constexpr std::int64_t pair_count(std::int64_t count) { return (count + 1) / 2; }

// All functions round to nearest even, as the instruction vcvtneps2bf16: a denormal number becomes a zero of its sign,
// a NaN stays one.

/// The bits of the bfloat16 number next to an fp32 number, both as integers.
[[nodiscard]] constexpr std::uint32_t bfloat16_bits(std::uint32_t fp32) {
  constexpr std::uint32_t sign = 0x8000, infinity = 0x7F80'0000, quiet = 0x40;
  const std::uint32_t upper = fp32 >> 16, magnitude = fp32 & 0x7FFF'FFFF;
  if (magnitude < 0x0080'0000) return upper & sign;
  if (magnitude > infinity) return upper | quiet;
  return (fp32 + 0x7FFF + (upper & 1)) >> 16;
}

/// Pairs of neighbours in a row: to[r * to_stride + p] holds columns 2 p and 2 p + 1 of row r.
void pair_columns(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns, BfloatPair* to,
                  std::int64_t to_stride, PairKernel kernel);
/// The fp32 numbers of pairs of neighbours: `count` of them, an even number.
void unpair(const BfloatPair* from, std::int64_t count, float* to);
/// Pairs of neighbours in a column: to[p * to_stride + c] holds rows 2 p and 2 p + 1 of column c. Pairs between
/// `columns` and `to_stride` become 0.
void pair_rows(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns, BfloatPair* to,
               std::int64_t to_stride, PairKernel kernel);

/// Columns of a matrix of pairs that lie together. The last group is filled up with zeros.
inline constexpr std::int64_t pair_panel_columns = 64;
/// The pairs of a column, filled up with zeros: oneDNN has a name for this layout, BA16a64b2a.
[[nodiscard]] constexpr std::int64_t pair_panel_height(std::int64_t rows) { return round_up(pair_count(rows), 16); }

/// Pairs along the rows of a [rows x columns] matrix, in groups of 64 columns: the pair of rows 2 p and 2 p + 1 in
/// column c is at pair_panel_offset(rows, c) + p * 64.
[[nodiscard]] constexpr std::int64_t pair_panel_offset(std::int64_t rows, std::int64_t column) {
  const std::int64_t in_panel = column % pair_panel_columns;
  return pair_panel_height(rows) * (column - in_panel) + in_panel;
}
[[nodiscard]] constexpr std::int64_t pair_panel_floats(std::int64_t rows, std::int64_t columns) {
  return pair_panel_height(rows) * round_up(columns, pair_panel_columns);
}

/// Whether products of bfloat16 numbers pay for weights of this shape: smaller ones stay in fp32 whatever the precision
/// of the run. The rule is that of panels with AVX-512, on every processor.
[[nodiscard]] constexpr bool pays_bfloat16(std::int64_t inputs, std::int64_t units) {
  return inputs * units > 25'500 && units >= panel_columns;
}

/// The weights [inputs x units] of a layer as its products read them.
struct BfloatWeights {
  BfloatPair* forward = nullptr;   ///< in panels of units, pairs along the inputs: pair_panel_floats(inputs, units)
  BfloatPair* backward = nullptr;  ///< in panels of inputs, pairs along the units: pair_panel_floats(units, inputs)
};
/// Weights are rounded in squares of at most 32 inputs and 32 units.
inline constexpr std::int64_t rounded_square = 32;
/// Writes the weights of some inputs, beginning with an even one, for some units, beginning with a multiple of 32.
/// `weights`: the whole matrix, in rows or panels.
void round_weights(const float* weights, const MatrixLayout& layout, std::int64_t inputs, std::int64_t units,
                   IndexRange some_inputs, IndexRange some_units, const BfloatWeights& to, PairKernel kernel);

// The functions of PairKernel::bf16; use those above.
void pair_columns_bf16(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
                       BfloatPair* to, std::int64_t to_stride);
void pair_rows_bf16(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
                    BfloatPair* to, std::int64_t to_stride);
/// A square of round_weights(): of each row of `forward`, 32 pairs; of `backward`, as many as there are inputs, rounded
/// up to an even number.
void round_square_bf16(const float* from, std::int64_t stride, std::int64_t inputs, std::int64_t units,
                       BfloatPair* forward, BfloatPair* backward);

}  // namespace millrace
