// SPDX-License-Identifier: Apache-2.0
//
// One matrix product, prepared once and called many times:
//   C[m x n] = activation(A[m x k] * B[k x n] + bias[n])
// All fp32; A and B may be bfloat16 numbers. A product runs on the thread that calls it; the crew runs several at once.
// The shapes decide which kernel computes it: oneDNN, OpenBLAS or one of our own (matmul_choice.cpp has the rules).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/index.hpp"
#include "kernels/bfloat16.hpp"
#include "kernels/eltwise.hpp"
#include "kernels/matrix_layout.hpp"
#include "kernels/panel_product.hpp"
#include "kernels/processor.hpp"

namespace millrace {

/// Which kernels compute a model. Automatic: the fastest for each shape. A library: always its products. Portable: our
/// own, whose results have the same bits on every processor with AVX2 and FMA, with any library and from any compiler.
/// The first ones are in the order of gemm_words.
enum class KernelChoice { automatic, onednn, openblas, portable };
/// kernels: "auto" or "portable"; gemm: "auto", "onednn" or "openblas". Throws Error{usage} for any other name and for a
/// library beside "portable", Error{environment} for "portable" without AVX2.
[[nodiscard]] KernelChoice kernel_choice(const std::string& kernels, const std::string& gemm);

/// How the weights [inputs x units] of a layer are stored: in panels if the processor has AVX-512, the choice is
/// automatic, and the matrix is too large for the kernel of small products; otherwise in rows.
[[nodiscard]] MatrixLayout weights_layout(std::int64_t inputs, std::int64_t units, KernelChoice choice);
/// Whether oneDNN multiplies the bfloat16 numbers of a layer: with the choice of oneDNN, on a processor with instructions
/// for them. Elsewhere pair_product.hpp does.
[[nodiscard]] bool onednn_multiplies_pairs(KernelChoice choice);

/// At most one matrix of a product is in panels: B, B transposed, or C where A is transposed.
struct MatmulSpec {
  std::int64_t m = 0, k = 0, n = 0;
  MatrixLayout a, b;
  std::int64_t c_stride = 0;
  bool c_in_panels = false;
  bool bias = false;
  bool accumulate = false;  ///< C += instead of C =
  Eltwise activation;
  /// mixed_bfloat16: A and B are bfloat16 numbers, whose memory is passed as if it held floats. oneDNN computes that,
  /// whatever the choice. B may be in pair_panels if the rows of A and of C have no gaps between them.
  ProductPrecision precision = ProductPrecision::fp32;

  bool operator==(const MatmulSpec&) const = default;
};

/// A prepared product. Immutable: any number of its calls may run at once on different threads.
class Matmul {
 public:
  /// Compiles code: milliseconds. Throws Error{usage} if `choice` names a library that is not installed,
  /// Error{environment} if oneDNN has no fast kernel for the bfloat16 numbers of `spec`.
  Matmul(const MatmulSpec& spec, KernelChoice choice);
  Matmul(const Matmul&) = default;
  Matmul& operator=(const Matmul&) = default;

  class Call;
  /// Fixes the operands, so that a call has nothing left to prepare. bias may be null if the spec has none.
  /// `updated_next`: rows that the caller updates after the product; a product into panels prefetches them.
  [[nodiscard]] Call bind(const float* a, const float* b, const float* bias, float* c,
                          std::vector<PanelRows> updated_next = {}) const;

  [[nodiscard]] std::int64_t scratch_floats() const;
  [[nodiscard]] const std::string& implementation() const;  ///< "brg:avx512_core", "openblas", ...
  [[nodiscard]] const MatmulSpec& spec() const;
  /// Whether a row of a forward product has the same bits for every m, even for 1. The libraries use other kernels for
  /// fewer than four rows.
  [[nodiscard]] bool rows_stand_alone() const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

/// A product with its operands. One thread at a time.
class Matmul::Call {
 public:
  Call();
  Call(Call&&) noexcept;
  Call& operator=(Call&&) noexcept;
  ~Call();
  /// scratch: at least Matmul::scratch_floats() floats that no other call uses meanwhile.
  /// c, a: where the result goes, and where A is, instead of the bound place; null: the bound place.
  void operator()(float* scratch, float* c = nullptr, const float* a = nullptr) const;
  /// The same with rows of A that lie elsewhere, a_stride apart, and are in no cache yet. Only if can_read(a_stride).
  void from(const float* a, std::int64_t a_stride, float* scratch) const;
  [[nodiscard]] bool can_read(std::int64_t a_stride) const;
  /// Only the columns `range` of the result, with the bits of the whole: from a multiple of panel_columns, or of 16 if no
  /// operand is in panels, to another one or to the end. Only if can_cut(), and not of a product with A transposed.
  void columns(IndexRange range, float* scratch) const;
  [[nodiscard]] bool can_cut() const;
  [[nodiscard]] explicit operator bool() const { return state_ != nullptr; }

 private:
  friend class Matmul;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace
