// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/file_stamp.hpp"

#include <utility>

#include "base/converted_file.hpp"
#include "base/fail.hpp"
#include "millrace/error.hpp"

namespace millrace::cli {

namespace {

FileState state_of(const std::string& path) { return cli::state_of(converted_file(path).c_str()); }

}  // namespace

FileStamp::FileStamp(std::string path) : path_(std::move(path)), state_(state_of(path_)) {}

void FileStamp::require_unchanged(std::string_view who) const {
  if (!state_.regular) return;
  const FileState now = state_of(path_);
  if (now == state_) return;
  std::string change = "was written to";
  if (!now.regular)
    change = "is gone";
  else if (now.inode != state_.inode || now.device != state_.device)
    change = "was replaced by another file";
  else if (now.size != state_.size)
    change = "had " + std::to_string(state_.size) + " bytes and has " + std::to_string(now.size);
  fail(ErrorKind::data, who,
       path_ + " " + change +
           " while it was in use, expected a file that nobody changes: begin again, from a copy if " +
           "it changes often");
}

}  // namespace millrace::cli
