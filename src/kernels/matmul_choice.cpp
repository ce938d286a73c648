// SPDX-License-Identifier: Apache-2.0
#include "kernels/matmul_choice.hpp"

#include "base/buffer.hpp"
#include "base/fail.hpp"
#include "base/names.hpp"
#include "kernels/panels.hpp"
#include "millrace/error.hpp"
#include "millrace/words.hpp"

namespace millrace {

KernelChoice kernel_choice(const std::string& kernels, const std::string& gemm) {
  if (kernels == "portable") {
    if (gemm != "auto")
      fail(ErrorKind::usage, "kernels",
           "portable kernels use no library, but gemm is " + gemm + ", expected gemm=auto or kernels=auto");
    if (kernel_vectors() == Vectors::other)
      fail(
          ErrorKind::environment, "kernels",
          "portable kernels need AVX2 and FMA, but the instruction set is " + kernel_isa() + ", expected kernels=auto");
    return KernelChoice::portable;
  }
  if (kernels != "auto")
    fail(ErrorKind::usage, "kernels", unknown_name("choice", kernels, {kernels_words.begin(), kernels_words.end()}));
  if (const auto choice = value_of_word<KernelChoice>(gemm_words, gemm)) return *choice;
  fail(ErrorKind::usage, "gemm", unknown_name("library", gemm, {gemm_words.begin(), gemm_words.end()}));
}

bool transposes(const MatmulSpec& spec) {
  // A single row is the same in both layouts.
  return spec.n > 1 && spec.b.layout == Layout::transposed && !(spec.k == 1 && spec.b.stride == 1);
}

bool has_panels(const MatmulSpec& spec) {
  return spec.c_in_panels || spec.b.layout == Layout::panels || spec.b.layout == Layout::transposed_panels;
}

namespace {

// Whether OpenBLAS 0.3.21 is faster than oneDNN 2.6.3, by measurements of 90 shapes on Zen 4, with AVX-512 and capped
// at AVX2. OpenBLAS prepares nothing for tiny products (3 times as fast at 16x16x32), and has AVX-512 kernels for small
// ones, which help weight gradients most (1.2 to 2 times; oneDNN packs both operands of x^T delta). Products of the
// forward pass stay with oneDNN: it applies bias and activation, and gives a row the same bits whatever rows are around
// it, on which predictions rely.
bool openblas_is_faster(const MatmulSpec& spec) {
  if (spec.bias || spec.activation.kind != Eltwise::Kind::none) return false;
  constexpr std::int64_t tiny = 1 << 14, small = 900'000;  // multiply-adds
  const std::int64_t work = spec.m * spec.k * spec.n;
  if (spec.a.layout == Layout::transposed && kernel_vectors() == Vectors::avx512) return work <= small;
  const bool gradient = spec.a.layout == Layout::transposed || spec.b.layout == Layout::transposed;
  return gradient && spec.n > 1 && work <= tiny;
}

// Whether our kernel is faster than both libraries, because their preparation does not pay. For a forward product the
// rule does not depend on m, because predictions use other batch sizes than training.
//
// With AVX2 it is 1.2 to 4 times as fast as the faster library over 40 shapes (Zen 3, oneDNN 2.6.3, OpenBLAS 0.3.21). A
// gradient reads the rows of B once for every six rows of its own, so B has to occupy few sets of the cache.
bool small_is_faster_avx2(const MatmulSpec& spec) {
  constexpr std::int64_t floats = 12'000, gradient_floats = 8192, gradient_rows = 64;
  if (spec.a.layout != Layout::transposed) return spec.k * spec.n <= floats;
  return spec.k <= gradient_rows && spec.k * spec.n <= gradient_floats;
}

constexpr std::int64_t small_floats_avx512 = 1 << 16;

// With AVX-512 it is 1.0 to 3 times as fast over 150 shapes (Zen 4, the same libraries), at 112 to 118 of the core's
// 118 GFLOP/s, as long as B fits the second cache. Transposing B first pays as long as B fits the first cache.
// Gradients whose columns leave lanes empty stay with OpenBLAS.
bool small_is_faster_avx512(const MatmulSpec& spec) {
  constexpr std::int64_t transposed_floats = 1 << 14, lanes = 16;
  if (spec.k * spec.n > (transposes(spec) ? transposed_floats : small_floats_avx512)) return false;
  if (spec.a.layout != Layout::transposed || !openblas_is_faster(spec)) return true;
  const bool lanes_are_full = 8 * spec.n >= 7 * lanes * ceil_div(spec.n, lanes);
  return lanes_are_full || (spec.n <= 2 * lanes && spec.k <= 2 * lanes);
}

bool small_is_faster(const MatmulSpec& spec) {
  constexpr std::int64_t rows_worth_transposing = 16;
  if (kernel_vectors() == Vectors::other || spec.accumulate) return false;
  if (spec.activation.kind != Eltwise::Kind::none && spec.activation.in_place == nullptr) return false;
  const bool gradient = spec.a.layout == Layout::transposed;
  if (spec.n == 1) return gradient && spec.c_stride == 1;
  if (transposes(spec) && (gradient || spec.m < rows_worth_transposing)) return false;
  if (spec.k == 1) return true;
  return kernel_vectors() == Vectors::avx512 ? small_is_faster_avx512(spec) : small_is_faster_avx2(spec);
}

// A product with one column. Bias and activation are applied afterwards, as for OpenBLAS.
bool is_one_column(const MatmulSpec& spec) {
  return spec.n == 1 && !spec.accumulate && spec.a.layout == Layout::rows && spec.b.stride == 1 &&
         spec.b.layout == Layout::rows &&
         (spec.activation.kind == Eltwise::Kind::none || spec.activation.in_place != nullptr);
}

}  // namespace

MatmulKernel choose_kernel(const MatmulSpec& spec, bool has_openblas) {
  if (has_panels(spec)) return MatmulKernel::panels;
  if (small_is_faster(spec)) return MatmulKernel::small;
  if (has_openblas && openblas_is_faster(spec)) return MatmulKernel::openblas;
  return is_one_column(spec) ? MatmulKernel::column : MatmulKernel::onednn;
}

// A product of blocks packs B, unless B fits the first cache as it is.
MatmulKernel choose_portable_kernel(const MatmulSpec& spec) {
  constexpr std::int64_t floats = 12'000;
  if (is_one_column(spec)) return MatmulKernel::column;
  if (spec.accumulate || spec.b.layout == Layout::transposed) return MatmulKernel::blocks;
  if (spec.n == 1)
    return spec.a.layout == Layout::transposed && spec.c_stride == 1 ? MatmulKernel::small : MatmulKernel::blocks;
  return spec.k * spec.n <= floats ? MatmulKernel::small : MatmulKernel::blocks;
}

SmallKernel small_kernel() { return kernel_vectors() == Vectors::avx512 ? multiply_small_avx512 : multiply_small_avx2; }

const char* name_of(MatmulKernel kernel) {
  switch (kernel) {
    case MatmulKernel::onednn:
      return "onednn";
    case MatmulKernel::openblas:
      return "openblas";
    case MatmulKernel::column:
      return "column";
    case MatmulKernel::small:
      return "small";
    case MatmulKernel::panels:
      return "panels";
    case MatmulKernel::blocks:
      return "blocks";
  }
  return "";
}

bool onednn_multiplies_pairs(KernelChoice choice) {
  return choice == KernelChoice::onednn && pair_kernel() == PairKernel::bf16;
}

// The kernel for small products reads all of B again for every eight rows. The second cache is too slow for that with
// vectors of full width, and backward has to transpose B. Whole steps of 15 networks on Zen 5: panels make 160x160 and
// 200x200 faster by 1 and 5 %, 100x300 and 256x256 by a third, and 784x32 slower by 1 %.
MatrixLayout weights_layout(std::int64_t inputs, std::int64_t units, KernelChoice choice) {
  constexpr std::int64_t smallest = 25'500;
  const bool panels = choice == KernelChoice::automatic && inputs * units > smallest && units >= panel_columns &&
                      kernel_vectors() == Vectors::avx512;
  return panels ? MatrixLayout{Layout::panels, 0} : MatrixLayout{Layout::rows, row_stride(units)};
}

}  // namespace millrace
