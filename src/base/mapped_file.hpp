// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a file, without a copy of them:
//   const MappedFile file(path, "csv");
//   parse(file.bytes());            // valid as long as `file` or file.owner() lives
// The file must not shrink meanwhile: reading a page that is gone raises SIGBUS. path_mapped_at() tells a handler of that
// signal which file it was.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace millrace {

class MappedFile {
 public:
  /// Maps a regular file read-only, or the one that it was converted to (converted_file()). Reads anything else (a pipe, a
  /// terminal) to its end into memory.
  /// Throws an Error "[who] path ...":
  ///   data         the file is missing, unreadable, a folder or a device
  ///   environment  the machine refused: memory, address space, the limit of open files, a disk error
  ///   interrupted  a signal ended the waiting for a pipe, and its handler was installed without SA_RESTART
  MappedFile(const std::string& path, std::string_view who);

  [[nodiscard]] std::string_view bytes() const { return {data_.get(), size_}; }
  [[nodiscard]] std::shared_ptr<const void> owner() const { return data_; }

 private:
  std::shared_ptr<const char> data_;
  std::size_t size_ = 0;
};

/// The path of the file that is mapped at this address; null if none is, or if very many are. May be called by a signal
/// handler.
[[nodiscard]] const char* path_mapped_at(const void* address) noexcept;

}  // namespace millrace
