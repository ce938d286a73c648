// SPDX-License-Identifier: Apache-2.0
//
// A file that is read as bytes, from its beginning on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace millrace {

/// Every failure throws Error{data} as "[who] 'path' ...".
class InputFile {
 public:
  InputFile(std::string path, std::string who);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// The next bytes, all of them.
  void read(std::span<std::byte> into);
  /// Throws Error{data}: "[who] 'path' text".
  [[noreturn]] void refuse(const std::string& text) const;

 private:
  std::string path_, who_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace millrace
