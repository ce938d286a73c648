// SPDX-License-Identifier: Apache-2.0
#include "table/csv/number_run.hpp"

#include <array>
#include <bit>

#include "base/vectorize.hpp"
#include "table/csv/number_scan.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#define MILLRACE_SSE41 __attribute__((target("sse4.1")))
#endif

namespace millrace {

namespace {

// Whether a cell ends here that other cells of the run follow, or the last one.
MILLRACE_INLINE bool cell_ends(const char* at, char delimiter, bool last) {
  return *at == delimiter || (last && (*at == '\n' || (*at == '\r' && at[1] == '\n')));
}

MILLRACE_INLINE const char* scan_long(const char* at, char delimiter, bool last, float& value) {
  const char* const after = scan_number(at, value);
  return after != nullptr && cell_ends(after, delimiter, last) ? after : nullptr;
}

#if defined(__x86_64__)

// For a cell of `length` characters with its point at `point` (or at `length`: none): which character moves to which
// place, so that the last digit comes last, zeros come ahead of the first, and the point is gone.
struct Alignment {
  alignas(16) std::array<std::array<std::array<std::uint8_t, 16>, 16>, 16> from;

  constexpr Alignment() : from() {
    for (std::size_t length = 0; length < 16; ++length) {
      for (std::size_t point = 0; point < 16; ++point) {
        std::array<std::uint8_t, 16>& places = from[length][point];
        places.fill(0x80);  // a zero
        std::size_t place = 16;
        for (std::size_t character = length; character-- > 0;) {
          if (character != point) places[--place] = static_cast<std::uint8_t>(character);
        }
      }
    }
  }
};
constexpr Alignment alignment;

MILLRACE_SSE41 inline unsigned places_of(__m128i text, char c) {
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8(c))));
}

// The number that sixteen digits spell, the first in the lowest byte. As W. Mula, "SIMD-ized faster parse of IPv4
// addresses" and others: tens, then pairs of them, then pairs of those.
MILLRACE_SSE41 inline std::uint64_t sixteen_digits(__m128i digits) {
  const __m128i tens = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
  const __m128i hundreds = _mm_madd_epi16(tens, _mm_set1_epi32(0x00010064));
  const __m128i thousands = _mm_madd_epi16(_mm_packus_epi32(hundreds, hundreds), _mm_set1_epi32(0x00012710));
  const auto halves = static_cast<std::uint64_t>(_mm_cvtsi128_si64(thousands));
  return (halves & 0xFFFFFFFFU) * 100000000U + (halves >> 32);
}

// A cell of at most 15 characters without an exponent. The next cell starts where the first delimiter is, which takes a
// few instructions: the processor goes on with it while this number is still being made.
MILLRACE_SSE41 inline const char* scan_short(const char* at, char delimiter, float& value) {
  const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const unsigned ends = places_of(text, delimiter) | places_of(text, '\n') | places_of(text, '\r');
  if (ends == 0) return nullptr;
  const auto length = static_cast<unsigned>(std::countr_zero(ends));
  const auto point = static_cast<unsigned>(std::countr_zero(places_of(text, '.') | ends));
  const unsigned negative = *at == '-', has_point = point < length;
  if (length <= negative + has_point) return nullptr;
  // The sign becomes a zero.
  const __m128i sign = _mm_cvtsi32_si128(static_cast<int>(negative * ('-' ^ '0')));
  const __m128i digits = _mm_sub_epi8(_mm_xor_si128(text, sign), _mm_set1_epi8('0'));
  const __m128i places = _mm_load_si128(reinterpret_cast<const __m128i*>(alignment.from[length][point].data()));
  const __m128i aligned = _mm_shuffle_epi8(digits, places), nine = _mm_set1_epi8(9);
  if (_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(aligned, nine), nine)) != 0xFFFF) return nullptr;
  const int decimals = static_cast<int>(length - point - has_point);
  return detail::round_decimal(sixteen_digits(aligned), -decimals, negative != 0, value) ? at + length : nullptr;
}

MILLRACE_SSE41 NumberRun scan_numbers_sse41(const char* at, const char* end, char delimiter, float* out,
                                            std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    if (end - at < number_scan_reach) return {at, i};
    const bool last = i + 1 == count;
    const char* after = scan_short(at, delimiter, out[i]);
    if (after == nullptr || !cell_ends(after, delimiter, last)) after = scan_long(at, delimiter, last, out[i]);
    if (after == nullptr) return {at, i};
    at = after + !last;
  }
  return {at, count};
}

#endif

}  // namespace

NumberRun scan_numbers_portable(const char* at, const char* end, char delimiter, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    if (end - at < number_scan_reach) return {at, i};
    const bool last = i + 1 == count;
    const char* const after = scan_long(at, delimiter, last, out[i]);
    if (after == nullptr) return {at, i};
    at = after + !last;
  }
  return {at, count};
}

NumberScanner number_scanner() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.1") != 0) return scan_numbers_sse41;
#endif
  return scan_numbers_portable;
}

}  // namespace millrace
