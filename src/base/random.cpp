// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <cmath>
#include <numbers>
#include <utility>

namespace millrace {

std::uint64_t Random::below(std::uint64_t bound) {
  if (bound <= UINT32_MAX) {
    // A product's upper half, where a remainder would divide: D. Lemire, "Fast random integer generation in an
    // interval", ACM TOMACS 29, 2019.
    const auto narrow = static_cast<std::uint32_t>(bound);
    std::uint64_t product = std::uint64_t{bits()} * narrow;
    if (static_cast<std::uint32_t>(product) < narrow) {
      const std::uint32_t threshold = (0U - narrow) % narrow;
      while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{bits()} * narrow;
    }
    return product >> 32;
  }
  // Reject the draws above the largest multiple of `bound`, or low values come out more often.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    const std::uint64_t high = bits();
    const std::uint64_t draw = (high << 32) | bits();
    if (draw < limit) return draw % bound;
  }
}

double Random::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform_double()));
  return radius * std::cos(2 * std::numbers::pi * uniform_double());
}

void shuffle(std::vector<std::int64_t>& items, Random random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

}  // namespace millrace
