// SPDX-License-Identifier: Apache-2.0
//
// A checksum (XXH3-128) over a sequence of parts. It finds damage, not forgery:
//   ChecksumStream stream; stream.add_text(name); stream.add(bytes); std::string text = stream.hex();
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace millrace {

class ChecksumStream {
 public:
  ChecksumStream();
  ~ChecksumStream();
  ChecksumStream(const ChecksumStream&) = delete;
  ChecksumStream& operator=(const ChecksumStream&) = delete;

  void add(std::span<const std::byte> bytes);
  /// Adds the length of `text` (8 bytes, little-endian) before `text`, so that "ab", "c" and "a", "bc" differ.
  void add_text(std::string_view text);
  /// 32 hexadecimal digits, the most significant first.
  [[nodiscard]] std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace
