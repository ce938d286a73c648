// SPDX-License-Identifier: Apache-2.0
//
// A file that stands under its name whole or not at all. What was there before stays until the last byte of the new
// content is on the disk:
//   AtomicFile file("out/model.onnx");
//   file.write(bytes);   // as often as needed
//   file.commit();       // without it nothing has happened
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "millrace/error.hpp"

namespace millrace {

/// Writes to a temporary name in the same folder (".NAME.millrace-part-PID-TIME"), which commit() turns into `path`.
/// Throws Error{usage} for a path that cannot be a file's: in a folder that does not exist, too long, or the name of a
/// folder or a device. Throws Error{environment} for a folder that is full or takes no files, and for a failed write.
/// An existing file keeps its permissions, and a symbolic link keeps its target.
class AtomicFile {
 public:
  /// Also removes what writers of the same path left behind when they were killed.
  explicit AtomicFile(const std::string& path);
  /// Removes the temporary file of whatever was not committed.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Brings the content to the disk, then gives it its name, then brings the name to the disk.
  void commit();

 private:
  AtomicFile() = default;
  bool create_temporary();
  void remove_temporary() noexcept;
  void close_descriptor() noexcept;
  [[noreturn]] void give_up(std::string_view doing, int code);

  std::string path_;    // as the caller wrote it, for messages
  std::string target_;  // path_ with links followed
  std::string temporary_;
  int descriptor_ = -1;
};

/// The kind of an error whose cause is this errno: usage if no file can have that path, else environment.
[[nodiscard]] ErrorKind kind_of_write_error(int code);

/// The parts one after the other as the content of `path`.
void write_file_atomically(const std::string& path, std::initializer_list<std::span<const std::byte>> parts);
void write_file_atomically(const std::string& path, std::string_view text);

}  // namespace millrace
