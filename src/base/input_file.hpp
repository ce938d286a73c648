// SPDX-License-Identifier: Apache-2.0
//
// Reads the bytes of a regular file from the beginning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/descriptor.hpp"

namespace millrace {

/// Every failure throws an Error "[who] 'path' ...": of kind environment if the machine refused (memory, the limit of
/// open files, a disk error), otherwise of kind data.
class InputFile {
 public:
  InputFile(std::string path, std::string who);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Fills `into` with the next bytes. Throws Error{data} if the file has fewer.
  void read(std::span<std::byte> into);
  /// Throws Error{data}: "[who] 'path' text".
  [[noreturn]] void refuse(const std::string& text) const;

 private:
  /// "[who] 'path' what: the system's text, expected ..."
  [[noreturn]] void refuse(const std::string& what, int code, const std::string& expected) const;

  std::string path_, who_;
  Descriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace millrace
