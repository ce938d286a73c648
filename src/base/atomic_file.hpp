// SPDX-License-Identifier: Apache-2.0
//
// Replaces a file as a whole: readers see the old content or the new one, never a part. The old file stays until every
// byte of the new one is on the disk:
//   AtomicFile file("out/model.onnx");
//   file.write(bytes);   // as often as needed
//   file.commit();       // without it the old file stays
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
/// An existing file keeps its permissions and its group, and a symbolic link keeps its target. If this process may not give
/// files to that group, the group of the new file gets the permissions of others.
class AtomicFile {
 public:
  /// Also removes the temporary files of writers of the same path that were killed.
  explicit AtomicFile(const std::string& path);
  /// Removes the temporary file unless it was committed.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Flushes the content to the disk, then renames the file, then flushes the folder.
  void commit();

 private:
  AtomicFile() = default;
  bool create_temporary(unsigned mode);
  void remove_temporary() noexcept;
  void forget_temporary() noexcept;
  void close_descriptor() noexcept;
  [[noreturn]] void give_up(std::string_view doing, int code);

  std::string path_;       // as the caller wrote it, for messages
  std::string target_;     // path_ with links followed
  std::string temporary_;  // empty: none
  int descriptor_ = -1;
};

/// Removes the temporary files of all writers of this process, which ends next. A signal handler may call it.
void remove_temporary_files() noexcept;

/// The kind of an error whose cause is this errno: usage if no file can have that path, else environment.
[[nodiscard]] ErrorKind kind_of_write_error(int code);

/// Replaces the content of `path` by the parts, one after the other.
void write_file_atomically(const std::string& path, std::initializer_list<std::span<const std::byte>> parts);
void write_file_atomically(const std::string& path, std::string_view text);

}  // namespace millrace
