// SPDX-License-Identifier: Apache-2.0
#include "table/arrow/values.hpp"
#include "base/fail.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/excerpt.hpp"
#include "base/text.hpp"

namespace millrace {

namespace {

bool bit_of(const void* bits, std::int64_t i) {
  return (static_cast<const std::uint8_t*>(bits)[i / 8] >> (i % 8) & 1) != 0;
}

double half_of(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const double fraction = bits & 1023, sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25));
}

// Two's complement, the lower half first. A negative number is negated first: its halves as doubles would cancel.
double decimal_of(const std::array<std::uint64_t, 2>& halves) {
  std::uint64_t low = halves[0], high = halves[1];
  const bool negative = high >> 63 != 0;
  if (negative) {
    low = ~low + 1;
    high = ~high + (low == 0 ? 1 : 0);
  }
  const double size = std::ldexp(static_cast<double>(high), 64) + static_cast<double>(low);
  return negative ? -size : size;
}

// How many make a second.
double parts_of(char letter) { return letter == 'm' ? 1e3 : letter == 'u' ? 1e6 : letter == 'n' ? 1e9 : 1; }

// "d:10,2" and "d:10,2,128": the digits behind the point.
ArrowType decimal_type(std::string_view format) {
  const std::size_t comma = format.find(',');
  if (comma == std::string_view::npos) return {};
  const std::string_view rest = format.substr(comma + 1);
  int scale = 0;
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), scale);
  const std::string_view bits(end, static_cast<std::size_t>(rest.data() + rest.size() - end));
  if (code != std::errc() || (!bits.empty() && bits != ",128")) return {};
  return {ArrowLayout::fixed, ColumnKind::number, 'd', std::pow(10.0, std::max(-scale, 0)),
          std::pow(10.0, std::max(scale, 0))};
}

ArrowType time_type(std::string_view format) {
  constexpr double day = 86400;
  if (format == "tdD") return {ArrowLayout::fixed, ColumnKind::date, 'i', day};
  if (format == "tdm") return {ArrowLayout::fixed, ColumnKind::date, 'l', 1, 1e3};
  if (format.size() < 3 || std::string_view("smun").find(format[2]) == std::string_view::npos) return {};
  const double parts = parts_of(format[2]);
  if (format[1] == 's' && format.size() >= 4 && format[3] == ':')
    return {ArrowLayout::fixed, ColumnKind::date, 'l', 1, parts};
  if (format.size() != 3) return {};
  if (format[1] == 't') return {ArrowLayout::fixed, ColumnKind::date, parts <= 1e3 ? 'i' : 'l', 1, parts};
  if (format[1] == 'D') return {ArrowLayout::fixed, ColumnKind::number, 'l', 1, parts};
  return {};
}

}  // namespace

ArrowType arrow_type(std::string_view format) {
  if (format == "n") return {ArrowLayout::null, ColumnKind::category};
  if (format == "b") return {ArrowLayout::bits, ColumnKind::boolean};
  if (format == "u") return {ArrowLayout::texts, ColumnKind::category};
  if (format == "U") return {ArrowLayout::large_texts, ColumnKind::category};
  if (format == "vu") return {ArrowLayout::views, ColumnKind::category};
  if (format == "e") return {ArrowLayout::fixed, ColumnKind::number, 'h'};
  if (format.size() == 1 && std::string_view("cCsSiIlLfg").find(format[0]) != std::string_view::npos)
    return {ArrowLayout::fixed, ColumnKind::number, format[0]};
  if (format.starts_with("d:")) return decimal_type(format);
  if (format.starts_with("t")) return time_type(format);
  return {};
}

ArrowValues::ArrowValues(const ArrowType& type, const ArrowArray& array, const std::string& column)
    : type_(type), array_(array), column_(column) {
  std::int64_t end = 0;
  if (array.length < 0 || array.offset < 0 || __builtin_add_overflow(array.length, array.offset, &end) ||
      end > INT64_MAX / 16)
    refuse("has the length " + std::to_string(array.length) + " at the offset " + std::to_string(array.offset) +
           ", expected numbers of 0 or more whose values fit into memory");
  if (array.null_count < -1 || array.null_count > array.length)
    refuse("has " + std::to_string(array.null_count) + " nulls in " + std::to_string(array.length) +
           " values, expected -1 or as many at most");
  check_buffers();
  if (type.layout != ArrowLayout::null && array.null_count != 0)
    validity_ = static_cast<const std::uint8_t*>(array.buffers[0]);
  if (array.null_count > 0 && type.layout != ArrowLayout::null && validity_ == nullptr)
    refuse("has " + std::to_string(array.null_count) + " nulls and no bits that say where, expected those");
}

void ArrowValues::refuse(const std::string& problem) const {
  fail(ErrorKind::data, "arrow", "column " + excerpt(column_) + " " + problem);
}

void ArrowValues::check_buffers() const {
  if (type_.layout == ArrowLayout::null) {  // Polars gives it a buffer, which nobody reads
    if (array_.n_buffers > 1)
      refuse("has " + std::to_string(array_.n_buffers) + " buffers, expected none for its type");
    return;
  }
  std::int64_t expected = 2;
  if (type_.layout == ArrowLayout::texts || type_.layout == ArrowLayout::large_texts) expected = 3;
  const bool views = type_.layout == ArrowLayout::views;
  if (views ? array_.n_buffers < 3 || array_.n_buffers > INT32_MAX : array_.n_buffers != expected)
    refuse("has " + std::to_string(array_.n_buffers) + " buffers, expected " +
           (views ? "3 or more" : std::to_string(expected)) + " for its type");
  if (array_.buffers == nullptr) refuse("has no list of buffers, expected one");
  // Texts without a byte may lack the buffer of bytes.
  if (array_.length > 0 && array_.buffers[1] == nullptr) refuse("has values in no buffer, expected one");
  if (views && array_.n_buffers > 3 && array_.buffers[array_.n_buffers - 1] == nullptr)
    refuse("has views of texts and no sizes of their buffers, expected those");
}

bool ArrowValues::is_null(std::int64_t i) const {
  if (type_.layout == ArrowLayout::null) return true;
  return validity_ != nullptr && !bit_of(validity_, array_.offset + i);
}

// Buffers need not be aligned.
template <class Item>
Item ArrowValues::item(int buffer, std::int64_t i) const {
  Item value{};
  std::memcpy(&value, static_cast<const char*>(array_.buffers[buffer]) + i * std::int64_t{sizeof(Item)}, sizeof value);
  return value;
}

double ArrowValues::number(std::int64_t i) const {
  const std::int64_t at = array_.offset + i;
  if (type_.layout == ArrowLayout::bits) return bit_of(array_.buffers[1], at) ? 1 : 0;
  switch (type_.item) {
    case 'f':
      return double{item<float>(1, at)};
    case 'g':
      return item<double>(1, at);
    case 'h':
      return half_of(item<std::uint16_t>(1, at));
    case 'd':
      return type_.unit * decimal_of(item<std::array<std::uint64_t, 2>>(1, at)) / type_.parts;
    case 'L':
      return static_cast<double>(item<std::uint64_t>(1, at));
    default:
      return type_.unit * static_cast<double>(index(i)) / type_.parts;
  }
}

std::int64_t ArrowValues::index(std::int64_t i) const {
  const std::int64_t at = array_.offset + i;
  switch (type_.item) {
    case 'c':
      return item<std::int8_t>(1, at);
    case 'C':
      return item<std::uint8_t>(1, at);
    case 's':
      return item<std::int16_t>(1, at);
    case 'S':
      return item<std::uint16_t>(1, at);
    case 'i':
      return item<std::int32_t>(1, at);
    case 'I':
      return item<std::uint32_t>(1, at);
    case 'l':
    case 'L':
      return item<std::int64_t>(1, at);
    default:
      refuse("has indices that are no integers, expected those");
  }
}

std::string_view ArrowValues::text(std::int64_t i) const {
  if (type_.layout == ArrowLayout::views) return view(i);
  const std::int64_t at = array_.offset + i;
  const bool large = type_.layout == ArrowLayout::large_texts;
  const std::int64_t begin = large ? item<std::int64_t>(1, at) : item<std::int32_t>(1, at);
  const std::int64_t end = large ? item<std::int64_t>(1, at + 1) : item<std::int32_t>(1, at + 1);
  // All offsets lie between the first and the last: a single wild one in the middle is out of order.
  const std::int64_t last = array_.offset + array_.length;
  const std::int64_t most = large ? item<std::int64_t>(1, last) : item<std::int32_t>(1, last);
  if (begin < 0 || end < begin || end > most)
    refuse("has the text of value " + std::to_string(i + 1) + " from byte " + std::to_string(begin) + " to " +
           std::to_string(end) + " of " + std::to_string(most) + ", expected offsets that increase");
  if (begin == end) return {};
  if (array_.buffers[2] == nullptr) refuse("has texts in no buffer, expected one");
  return {static_cast<const char*>(array_.buffers[2]) + begin, static_cast<std::size_t>(end - begin)};
}

// A view is a length and, up to 12 bytes, the text; of a longer text its first 4 bytes, the buffer and the place there.
std::string_view ArrowValues::view(std::int64_t i) const {
  const std::int64_t at = array_.offset + i;
  const auto parts = item<std::array<std::int32_t, 4>>(1, at);
  const std::int64_t size = parts[0], buffer = parts[2], begin = parts[3], buffers = array_.n_buffers - 3;
  if (size < 0) refuse("has a text of " + std::to_string(size) + " bytes, expected 0 or more");
  if (size <= 12) return {static_cast<const char*>(array_.buffers[1]) + 16 * at + 4, static_cast<std::size_t>(size)};
  if (buffer < 0 || buffer >= buffers || array_.buffers[2 + buffer] == nullptr)
    refuse("has a text in buffer " + std::to_string(buffer) + ", expected one of " + std::to_string(buffers));
  std::int64_t there = 0;
  std::memcpy(&there, static_cast<const char*>(array_.buffers[array_.n_buffers - 1]) + 8 * buffer, sizeof there);
  if (begin < 0 || begin + size > there)
    refuse("has a text from byte " + std::to_string(begin) + " to " + std::to_string(begin + size) + " of " +
           std::to_string(there) + ", expected one within its buffer");
  return {static_cast<const char*>(array_.buffers[2 + buffer]) + begin, static_cast<std::size_t>(size)};
}

}  // namespace millrace
