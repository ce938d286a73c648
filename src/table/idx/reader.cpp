// SPDX-License-Identifier: Apache-2.0
//
// IDX, the format of the MNIST database: two zero bytes, the type of the items, the number of dimensions, each of them as
// four bytes, then the items. Every number has its most significant byte first.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>

#include "base/fail.hpp"
#include "millrace/arrays.hpp"
#include "table/npy/array.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "idx";

// What an item is: its code in the file, and its kind and size as .npy has them.
struct Type {
  std::uint32_t code;
  char kind;
  int bytes;
};
constexpr std::array<Type, 6> types = {
    {{0x08, 'u', 1}, {0x09, 'i', 1}, {0x0B, 'i', 2}, {0x0C, 'i', 4}, {0x0D, 'f', 4}, {0x0E, 'f', 8}}};

[[noreturn]] void refuse(const SourceText& source, const std::string& problem) {
  fail(ErrorKind::data, who, source.path + problem);
}

std::uint32_t byte_of(const SourceText& source, std::size_t at) { return static_cast<unsigned char>(source.bytes[at]); }

NpyHeader read_header(const SourceText& source) {
  if (source.bytes.size() < 4 || source.bytes[0] != 0 || source.bytes[1] != 0)
    refuse(source, " does not start with two zero bytes, expected an IDX file");
  NpyHeader header{.swapped = std::endian::native == std::endian::little};
  const auto type = std::ranges::find(types, byte_of(source, 2), &Type::code);
  if (type == types.end())
    refuse(source, " holds items of type " + std::to_string(byte_of(source, 2)) +
                       ", expected 8, 9, 11, 12 (integers), 13 or 14 (floats)");
  header.kind = type->kind;
  header.item_bytes = type->bytes;
  const std::size_t dimensions = byte_of(source, 3);
  header.offset = 4 + 4 * dimensions;
  if (dimensions == 0) refuse(source, " has no dimensions, expected one or more");
  if (source.bytes.size() < header.offset)
    refuse(source,
           " ends within its header after " + std::to_string(source.bytes.size()) + " bytes, expected a whole file");
  header.columns = 1;
  std::int64_t bytes = header.item_bytes;
  bool overflow = false;
  for (std::size_t i = 0; i < dimensions; ++i) {
    std::int64_t size = 0;
    for (std::size_t at = 4 + 4 * i; at < 8 + 4 * i; ++at) size = size << 8 | byte_of(source, at);
    if (size == 0) refuse(source, " has no items, expected at least one row and one column");
    overflow = __builtin_mul_overflow(bytes, size, &bytes);
    if (overflow) break;
    if (i == 0)
      header.rows = size;
    else
      header.columns *= size;
  }
  const auto there = static_cast<std::int64_t>(source.bytes.size() - header.offset);
  if (overflow || there != bytes)
    refuse(source, " has " + std::to_string(there) + " bytes of items, expected " +
                       (overflow ? "more than a file can have" : std::to_string(bytes)) +
                       ": it was cut off, or its header is wrong");
  return header;
}

NumberArray array_in(const std::string& path) {
  const SourceText source = unpacked(open_source(path, who), who);
  return array_of(source, read_header(source), who);
}

}  // namespace

Dataset read_idx(const std::string& features, const std::string& targets) {
  const NumberArray x = array_in(features);
  return dataset_of(x, targets.empty() ? std::nullopt : std::optional(array_in(targets)), who);
}

}  // namespace millrace
