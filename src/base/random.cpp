// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/vectorize.hpp"

namespace millrace {

namespace {

// Uniform below `bound`, as the upper half of a product: a remainder would need a division. D. Lemire, "Fast random
// integer generation in an interval", ACM TOMACS 29, 2019.
template <class Bits>
std::uint32_t narrow_below(std::uint32_t bound, const Bits& bits) {
  std::uint64_t product = std::uint64_t{bits()} * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t threshold = (0U - bound) % bound;
    while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{bits()} * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

// Blocks that are computed in one vectorised loop.
constexpr std::size_t blocks = 64;
MILLRACE_INLINE void side_by_side(const std::array<std::uint32_t, 4>& first, std::array<std::uint32_t, 2> key,
                                  std::uint32_t* bits) {
  std::uint32_t a[blocks], b[blocks], c[blocks], d[blocks];
  for (std::size_t i = 0; i < blocks; ++i) {
    a[i] = first[0] + static_cast<std::uint32_t>(i);
    b[i] = first[1];
    c[i] = first[2];
    d[i] = first[3];
  }
  for (int round = 0; round < philox_rounds; ++round, key = next_key(key)) {
    for (std::size_t i = 0; i < blocks; ++i) {
      const std::uint64_t product0 = philox_factor0 * a[i], product1 = philox_factor1 * c[i];
      a[i] = static_cast<std::uint32_t>(product1 >> 32) ^ b[i] ^ key[0];
      b[i] = static_cast<std::uint32_t>(product1);
      c[i] = static_cast<std::uint32_t>(product0 >> 32) ^ d[i] ^ key[1];
      d[i] = static_cast<std::uint32_t>(product0);
    }
  }
  for (std::size_t i = 0; i < blocks; ++i) {
    bits[4 * i] = a[i];
    bits[4 * i + 1] = b[i];
    bits[4 * i + 2] = c[i];
    bits[4 * i + 3] = d[i];
  }
}

}  // namespace

void philox_blocks(std::array<std::uint32_t, 4> first, std::array<std::uint32_t, 2> key,
                   std::span<std::uint32_t> bits) {
  constexpr std::size_t worth_it = 12;  // this many blocks, computed one by one, take as long as the loop
  std::size_t at = 0;
  for (; at + 4 * blocks <= bits.size(); at += 4 * blocks, first[0] += blocks)
    vectorized<side_by_side>(first, key, &bits[at]);
  if (bits.size() - at >= 4 * worth_it) {
    std::array<std::uint32_t, 4 * blocks> last;
    vectorized<side_by_side>(first, key, last.data());
    std::copy_n(last.begin(), bits.size() - at, &bits[at]);
    return;
  }
  for (; at < bits.size(); at += 4, ++first[0]) {
    const std::array<std::uint32_t, 4> block = philox(first, key);
    for (std::size_t i = 0; i < std::min<std::size_t>(4, bits.size() - at); ++i) bits[at + i] = block[i];
  }
}

void Random::fill(std::span<std::uint32_t> bits) {
  std::size_t at = 0;
  while (at < bits.size() && used_ < 4) bits[at++] = this->bits();
  // Whole blocks, as many as the low word of the counter can number.
  while (bits.size() - at >= 4) {
    const std::uint64_t left = (std::uint64_t{1} << 32) - static_cast<std::uint32_t>(next_);
    const std::uint64_t count = std::min<std::uint64_t>((bits.size() - at) / 4, left);
    philox_blocks(counter(next_), key_, bits.subspan(at, 4 * count));
    next_ += count;
    at += 4 * count;
  }
  while (at < bits.size()) bits[at++] = this->bits();
}

std::uint64_t Random::below(std::uint64_t bound) {
  if (bound <= UINT32_MAX) return narrow_below(static_cast<std::uint32_t>(bound), [&] { return bits(); });
  // Draws above the largest multiple of `bound` are rejected; otherwise low values would be more frequent.
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
  std::size_t i = items.size();
  for (; i > UINT32_MAX; --i) std::swap(items[i - 1], items[random.below(i)]);
  std::array<std::uint32_t, 256> drawn;
  std::size_t used = drawn.size();
  const auto bits = [&] {
    if (used == drawn.size()) {
      random.fill(drawn);
      used = 0;
    }
    return drawn[used++];
  };
  for (; i > 1; --i) std::swap(items[i - 1], items[narrow_below(static_cast<std::uint32_t>(i), bits)]);
}

}  // namespace millrace
