// SPDX-License-Identifier: Apache-2.0
//
// Numbers and texts one after the other, with the lowest byte first, as a cache has them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

static_assert(std::endian::native == std::endian::little, "cache files have the lowest byte first");

class ByteWriter {
 public:
  std::string bytes;

  void number(std::uint64_t value) { bytes.append(std::bit_cast<const char*>(&value), sizeof value); }
  void text(std::string_view value) {
    number(value.size());
    bytes += value;
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
  }
};

class ByteReader {
 public:
  /// refuse is called where the bytes end too early, and throws.
  ByteReader(std::string_view bytes, std::function<void()> refuse) : rest_(bytes), refuse_(std::move(refuse)) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(number())); }
  std::vector<std::string> texts() {
    std::vector<std::string> values(count());
    for (std::string& value : values) value = text();
    return values;
  }
  /// A number of items that follow, each of which has 8 bytes at least.
  std::uint64_t count() {
    const std::uint64_t items = number();
    if (items > rest_.size() / 8) refuse_();
    return items;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) refuse_();
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
  std::function<void()> refuse_;
};

}  // namespace millrace
