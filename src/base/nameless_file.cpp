// SPDX-License-Identifier: Apache-2.0
#include "base/nameless_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/fail.hpp"
#include "base/file_calls.hpp"
#include "base/system_error.hpp"

namespace millrace {

namespace {

// Negative if that fails, with the reason in errno.
int open_without_name(const std::string& folder) {
  std::string path = folder + "/.millrace-XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor >= 0) ::unlink(path.c_str());
  return descriptor;
}

}  // namespace

NamelessFile::NamelessFile(const std::string& folder, std::string who, std::string content)
    : folder_(folder.empty() ? "." : folder),
      who_(std::move(who)),
      content_(std::move(content)),
      file_(open_without_name(folder_)) {
  if (file_.number() < 0) give_up(errno);
}

void NamelessFile::write(std::span<const std::byte> bytes) {
  if (const int code = detail::write_all(file_.number(), bytes); code != 0) give_up(code);
}

void NamelessFile::read(std::int64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const ssize_t count = ::pread(file_.number(), into.data(), into.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) give_up(count < 0 ? errno : EIO);
    offset += count;
    into = into.subspan(count);
  }
}

void NamelessFile::give_up(int code) const {
  fail(ErrorKind::environment, who_,
       "the folder '" + folder_ + "' takes no file of " + content_ + " (" + system_text(code) + "), expected " +
           expected_of(code, "a folder that takes files"));
}

}  // namespace millrace
