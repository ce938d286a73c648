// SPDX-License-Identifier: Apache-2.0
//
// Notices when a file is changed while it is in use:
//   const FileStamp stamp("rows.npy");
//   ...                                // read it
//   stamp.require_unchanged("train");  // an Error if anybody wrote, truncated or replaced it since
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/commands/file_state.hpp"

namespace millrace::cli {

class FileStamp {
 public:
  /// Of a regular file. Of anything else, or of a file that cannot be examined, nothing is compared.
  explicit FileStamp(std::string path);

  /// Throws Error{data} unless size, inode and the time of the last write are those of the stamp.
  void require_unchanged(std::string_view who) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  /// In bytes; 0 if it is no regular file.
  [[nodiscard]] std::int64_t size() const { return state_.regular ? state_.size : 0; }

 private:
  std::string path_;
  FileState state_;
};

}  // namespace millrace::cli
