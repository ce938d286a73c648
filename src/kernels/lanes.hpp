// SPDX-License-Identifier: Apache-2.0
//
// The sum and the maximum of a row, in an order that can be vectorised and depends only on the length of the row.
#pragma once

#include <cmath>
#include <cstdint>

#include "base/vectorize.hpp"
#include "kernels/elementary.hpp"

namespace millrace {

/// Joins `start` with term(0) .. term(count - 1) by a sum or a maximum, in sixteen lanes that are joined at the end:
/// the order depends only on `count`, and the loop can be vectorised.
template <class T, class Term, class Join>
MILLRACE_INLINE T in_lanes(std::int64_t count, T start, const Term& term, const Join& join) {
  constexpr std::int64_t lanes = 16;
  if (count < lanes) {
    for (std::int64_t i = 0; i < count; ++i) start = join(start, term(i));
    return start;
  }
  T found[lanes];
  for (std::int64_t lane = 0; lane < lanes; ++lane) found[lane] = start;
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (std::int64_t lane = 0; lane < lanes; ++lane) found[lane] = join(found[lane], term(i + lane));
  }
  for (std::int64_t lane = 0; i + lane < count; ++lane) found[lane] = join(found[lane], term(i + lane));
  for (std::int64_t half = lanes / 2; half > 0; half /= 2) {
    for (std::int64_t lane = 0; lane < half; ++lane) found[lane] = join(found[lane], found[lane + half]);
  }
  return found[0];
}
template <class T, class Term>
MILLRACE_INLINE T sum_in_lanes(std::int64_t count, const Term& term) {
  return in_lanes(count, T{0}, term, [](T a, T b) { return a + b; });
}
template <class T>
MILLRACE_INLINE T largest_in_lanes(const T* z, std::int64_t count) {
  return in_lanes(
      count, z[0], [&](std::int64_t i) { return z[i]; }, [](T a, T b) { return b > a ? b : a; });
}

/// log sum exp z. Subtracts the largest first, so that it never overflows.
template <class T>
MILLRACE_INLINE T log_sum_exp_in_lanes(const T* z, std::int64_t count) {
  const T largest = largest_in_lanes(z, count);
  return largest + std::log(sum_in_lanes<T>(count, [&](std::int64_t i) { return exponential(z[i] - largest); }));
}

}  // namespace millrace
