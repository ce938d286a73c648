// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/file_stamp.hpp"

#include <sys/stat.h>

#include <utility>

#include "base/converted_file.hpp"
#include "base/fail.hpp"
#include "millrace/error.hpp"

namespace millrace::cli {

FileStamp::FileStamp(std::string path) : path_(std::move(path)), values_(read(path_)) {}

std::optional<FileStamp::Values> FileStamp::read(const std::string& path) {
  struct stat status {};
  if (::stat(converted_file(path).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return Values{static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino), status.st_size,
                status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

void FileStamp::require_unchanged(std::string_view who) const {
  if (!values_) return;
  const std::optional<Values> now = read(path_);
  if (now == values_) return;
  std::string change = "was written to";
  if (!now)
    change = "is gone";
  else if (now->inode != values_->inode || now->device != values_->device)
    change = "was replaced by another file";
  else if (now->size != values_->size)
    change = "had " + std::to_string(values_->size) + " bytes and has " + std::to_string(now->size);
  fail(ErrorKind::data, who,
       path_ + " " + change +
           " while it was in use, expected a file that nobody changes: begin again, from a copy if " +
           "it changes often");
}

}  // namespace millrace::cli
