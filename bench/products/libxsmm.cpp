// SPDX-License-Identifier: Apache-2.0
//
// Products of libxsmm, which compiles a kernel for each small shape: some columns at a time, over all inputs or some of
// them, whichever is fastest. Packed: B in groups of these columns, of bfloat16 numbers in pairs of rows, and A in rows.
#include <libxsmm.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <memory>
#include <stdexcept>

#include "products.hpp"

namespace products {

namespace {

// Matrices of libxsmm are in columns, so it computes C^T = B^T A^T.
struct Blocked {
  Problem p;
  std::int64_t columns, steps;
  std::vector<float> a, b;
  std::vector<Bfloat> a16, b16;
  const float *a_at, *b_at;  // of fp32
  float* c;
  std::int64_t b_columns;  // of a group of columns, or of B if it is not packed
  libxsmm_smmfunction first = nullptr, next = nullptr;
  libxsmm_bsmmfunction first16 = nullptr, next16 = nullptr;

  Blocked(const Problem& problem, Operands& operands, std::int64_t some_columns, std::int64_t some_steps)
      : p(problem),
        columns(some_columns),
        steps(some_steps),
        a_at(operands.a.data()),
        b_at(operands.b.data()),
        c(operands.c.data()),
        b_columns(problem.packed ? some_columns : problem.n) {
    if (p.n % columns != 0 || p.k % steps != 0) return;
    if (p.packed) pack(operands);
    compile();
  }

  void pack(const Operands& from) {
    const bool a_turned = p.kind == Kind::gradient, b_turned = p.kind == Kind::backward;
    const auto a_of = [&](std::int64_t row, std::int64_t step) {
      return a_turned ? step * p.m + row : row * p.k + step;
    };
    const auto b_of = [&](std::int64_t step, std::int64_t c) { return b_turned ? c * p.k + step : step * p.n + c; };
    a.resize(from.a.size());
    a16.resize(from.a.size());
    b.resize(from.b.size());
    b16.resize(from.b.size());
    for (std::int64_t row = 0; row < p.m; ++row)
      for (std::int64_t i = 0; i < p.k; ++i) {
        a[row * p.k + i] = from.a[a_of(row, i)];
        a16[row * p.k + i] = from.a16[a_of(row, i)];
      }
    for (std::int64_t i = 0; i < p.k; ++i)
      for (std::int64_t at = 0; at < p.n; ++at) {
        const std::int64_t group = at / columns * columns * p.k, in_group = at % columns;
        b[group + i * columns + in_group] = from.b[b_of(i, at)];
        b16[group + i / 2 * 2 * columns + 2 * in_group + i % 2] = from.b16[b_of(i, at)];
      }
    a_at = a.data();
    b_at = b.data();
  }

  void compile() {
    if (!p.packed && (p.bfloat16 || p.kind == Kind::backward)) return;
    const bool a_turned = !p.packed && p.kind == Kind::gradient;
    const auto m = static_cast<libxsmm_blasint>(columns), n = static_cast<libxsmm_blasint>(p.m),
               k = static_cast<libxsmm_blasint>(steps), b_stride = static_cast<libxsmm_blasint>(b_columns),
               a_stride = static_cast<libxsmm_blasint>(a_turned ? p.m : p.k),
               c_stride = static_cast<libxsmm_blasint>(p.n);
    const float alpha = 1, zero = 0, one = 1;
    const int flags = (p.bfloat16 ? LIBXSMM_GEMM_FLAG_VNNI_A : 0) | (a_turned ? LIBXSMM_GEMM_FLAG_TRANS_B : 0),
              prefetch = LIBXSMM_PREFETCH_NONE;
    const auto made = [&](auto dispatch, const float& beta) {
      return dispatch(m, n, k, &b_stride, &a_stride, &c_stride, &alpha, &beta, &flags, &prefetch);
    };
    if (p.bfloat16) {
      first16 = made(libxsmm_bsmmdispatch, zero);
      next16 = made(libxsmm_bsmmdispatch, one);
    } else {
      first = made(libxsmm_smmdispatch, zero);
      next = made(libxsmm_smmdispatch, one);
    }
  }
  [[nodiscard]] bool exists() const { return p.bfloat16 ? first16 && next16 : first && next; }

  void run() const {
    const bool a_turned = !p.packed && p.kind == Kind::gradient;
    for (std::int64_t column = 0; column < p.n; column += columns) {
      const std::int64_t group = p.packed ? column * p.k : column;
      for (std::int64_t step = 0; step < p.k; step += steps) {
        const std::int64_t b_offset = group + step * b_columns, a_offset = a_turned ? step * p.m : step;
        if (p.bfloat16)
          (step == 0 ? first16 : next16)(b16.data() + b_offset, a16.data() + a_offset, c + column);
        else
          (step == 0 ? first : next)(b_at + b_offset, a_at + a_offset, c + column);
      }
    }
  }
};

// Ticks of processor time, of the fastest of a few runs.
std::clock_t ticks(const Blocked& product) {
  std::clock_t least = std::numeric_limits<std::clock_t>::max();
  for (int repetition = 0; repetition < 5; ++repetition) {
    const std::clock_t begin = std::clock();
    for (int i = 0; i < 5; ++i) product.run();
    least = std::min(least, std::clock() - begin);
  }
  return least;
}

}  // namespace

const char* library() { return "libxsmm " LIBXSMM_VERSION; }

std::function<void()> prepare(const Problem& p, Operands& operands) {
  libxsmm_init();
  std::shared_ptr<const Blocked> best;
  std::clock_t least = std::numeric_limits<std::clock_t>::max();
  for (const std::int64_t columns : {16, 32, 64})
    for (const std::int64_t steps : {p.k, p.k / 2, p.k / 4, p.k / 8}) {
      if (steps < 32) continue;
      auto product = std::make_shared<Blocked>(p, operands, columns, steps);
      if (!product->exists()) continue;
      if (const std::clock_t found = ticks(*product); found < least) {
        least = found;
        best = product;
      }
    }
  if (!best) throw std::runtime_error("no kernel for operands in this order");
  return [best] { best->run(); };
}

}  // namespace products
