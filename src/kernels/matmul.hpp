// SPDX-License-Identifier: Apache-2.0
//
// The door to oneDNN and OpenBLAS: one matrix product, prepared once and called many times.
//   C[m x n] = activation(A[m x k] * B[k x n] + bias[n])
// All fp32, sequential: parallelism is the crew's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/index.hpp"
#include "kernels/panel_product.hpp"

namespace millrace {

/// How a matrix lies in memory. Element (r, c) of a `rows` matrix is at r * stride + c, of a `transposed` one at
/// c * stride + r; of one in `panels` at panel_offset() (panels.hpp), and of the transpose of such a one where its
/// element (c, r) is. Panels have no stride.
enum class Layout { rows, transposed, panels, transposed_panels };

struct MatrixLayout {
  Layout layout = Layout::rows;
  std::int64_t stride = 0;
};

/// Where element (row, column) of a [rows x columns] matrix is.
[[nodiscard]] std::int64_t element_offset(const MatrixLayout& layout, std::int64_t rows, std::int64_t columns,
                                          std::int64_t row, std::int64_t column);

/// The stride of rows that products are fastest with. Rows an even number of cache lines apart share few sets of a
/// cache: 2048 floats apart they cost half of the speed on AVX2 and a tenth on AVX-512. An odd number uses all sets.
[[nodiscard]] constexpr std::int64_t row_stride(std::int64_t columns) {
  constexpr std::int64_t narrow = 256, line = 16;  // narrower rows share lines' sets among few of them
  return columns < narrow ? columns : ((columns + line - 1) / line | 1) * line;
}

/// An elementwise function that the product can apply to its result before it is stored.
struct Eltwise {
  enum class Kind {
    none,
    relu,
    sigmoid,
    tanh,
    elu,
    gelu_erf,
    gelu_tanh,
    swish,
    softplus,
    exponential,
    linear,
    clip,
    mish,
    hard_swish
  };
  Kind kind = Kind::none;
  float alpha = 0, beta = 0;  ///< oneDNN's meaning of the algorithm's two parameters
  void (*in_place)(float* values, std::int64_t count,
                   float alpha) = nullptr;  ///< the same function, for products without oneDNN
};

enum class GemmChoice { automatic, onednn, openblas };
/// "auto", "onednn", "openblas"; throws Error{usage}.
[[nodiscard]] GemmChoice gemm_choice(const std::string& name);

/// How products want a layer's weights: in panels where the processor has kernels for that (AVX-512), the matrix is too
/// large for small products to be as fast, and no library was asked for.
[[nodiscard]] MatrixLayout weights_layout(std::int64_t inputs, std::int64_t units, GemmChoice choice);

/// A product has panels in one place at most: as B, as B's transpose, or, where A is transposed, as C.
struct MatmulSpec {
  std::int64_t m = 0, k = 0, n = 0;
  MatrixLayout a, b;
  std::int64_t c_stride = 0;
  bool c_in_panels = false;
  bool bias = false;
  bool accumulate = false;  ///< C += instead of C =
  Eltwise activation;
};

/// What vectors kernels may use, ours as oneDNN's: those of the processor, as capped by ONEDNN_MAX_CPU_ISA. Whatever
/// comes on top of them (VNNI, BF16, AMX) is of no use to fp32.
enum class Vectors { other, avx2, avx512 };
[[nodiscard]] Vectors kernel_vectors();
[[nodiscard]] std::string kernel_isa();      ///< oneDNN's name of the instruction set: "avx512_core_bf16"
[[nodiscard]] std::string kernel_library();  ///< "oneDNN 2.6.3"

/// A prepared product. Immutable: any number of bound calls may run at once on different threads.
class Matmul {
 public:
  /// Compiles code: milliseconds. Throws Error{usage} when `choice` forces a library that cannot do it.
  Matmul(const MatmulSpec& spec, GemmChoice choice);
  Matmul(const Matmul&) = default;
  Matmul& operator=(const Matmul&) = default;

  class Call;
  /// Fixes the operands, so that a call has nothing left to prepare. bias may be null when the spec has none.
  /// `updated_next`: what the caller updates after the product; one into panels fetches it meanwhile.
  [[nodiscard]] Call bind(const float* a, const float* b, const float* bias, float* c,
                          std::vector<PanelRows> updated_next = {}) const;

  [[nodiscard]] std::int64_t scratch_floats() const;
  [[nodiscard]] const std::string& implementation() const;  ///< "brg:avx512_core", "openblas", ...
  [[nodiscard]] const MatmulSpec& spec() const;
  /// Of a forward product: whether a row's bits are the same for every m, from 1 on. The libraries take other kernels
  /// for fewer rows than four.
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
  /// c: where the result goes instead of the bound place; null: the bound place.
  void operator()(float* scratch, float* c = nullptr) const;
  /// With A's rows in another place, in memory and in no cache yet, and at another distance from each other, which only
  /// our own kernels can read: where can_read() says so.
  void from(const float* a, std::int64_t a_stride, float* scratch) const;
  [[nodiscard]] bool can_read(std::int64_t a_stride) const;
  /// Some columns of the result, from one multiple of panel_columns on to another one or to the end. B is in panels.
  void columns(IndexRange range) const;
  [[nodiscard]] explicit operator bool() const { return state_ != nullptr; }

 private:
  friend class Matmul;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace
