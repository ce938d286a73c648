// SPDX-License-Identifier: Apache-2.0
//
// A file without a name: nobody else can open it, and it is gone when it is closed or the process ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/descriptor.hpp"

namespace millrace {

class NamelessFile {
 public:
  /// `who` and `content` are for messages: "[who] the folder '...' takes no file of `content` ...". All functions throw
  /// such an Error{environment}.
  NamelessFile(const std::string& folder, std::string who, std::string content);

  [[nodiscard]] int descriptor() const { return file_.number(); }
  /// Appends the bytes.
  void write(std::span<const std::byte> bytes);
  /// Fills `into` with the bytes from `offset`. All of them must have been written.
  void read(std::int64_t offset, std::span<std::byte> into) const;
  /// Throws the Error for this errno.
  [[noreturn]] void give_up(int code) const;

 private:
  std::string folder_, who_, content_;
  Descriptor file_;
};

}  // namespace millrace
