// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const MappedFile file(path, "csv");
//   parse(file.bytes());            // valid as long as `file` or file.owner() lives
//
// The bytes of a file without a copy of them. The file must not shrink meanwhile: the kernel answers that with SIGBUS.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace millrace {

class MappedFile {
 public:
  /// Maps a regular file read-only; reads anything else (a pipe) to its end into memory.
  /// Throws Error{data} "[who] path ..." for a file that is missing, unreadable or a directory, Error{interrupted}
  /// where a signal ends the waiting for a pipe: one whose handler was installed without SA_RESTART.
  MappedFile(const std::string& path, std::string_view who);

  [[nodiscard]] std::string_view bytes() const { return {data_.get(), size_}; }
  [[nodiscard]] std::shared_ptr<const void> owner() const { return data_; }

 private:
  std::shared_ptr<const char> data_;
  std::size_t size_ = 0;
};

}  // namespace millrace
