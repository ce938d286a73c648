// SPDX-License-Identifier: Apache-2.0
#include "base/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/fail.hpp"
#include "base/file_calls.hpp"
#include "base/system_error.hpp"

namespace millrace {

namespace {

using detail::file_calls;

// O_NONBLOCK, because opening a pipe that nobody writes to would wait forever.
int open_for_reading(const std::string& path) {
  int descriptor = -1;
  do descriptor = file_calls.open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

}  // namespace

InputFile::InputFile(std::string path, std::string who)
    : path_(std::move(path)), who_(std::move(who)), file_(open_for_reading(path_)) {
  if (file_.number() < 0) refuse("cannot be opened", errno, "a file that can be read");
  struct stat status {};
  if (::fstat(file_.number(), &status) != 0 || !S_ISREG(status.st_mode))
    refuse("is a folder or a device, expected a file");
  size_ = static_cast<std::uint64_t>(status.st_size);
}

void InputFile::read(std::span<std::byte> into) {
  while (!into.empty()) {
    const ssize_t got = ::read(file_.number(), into.data(), into.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse("cannot be read", errno, "a file that can be read");
    if (got == 0) refuse("ends " + std::to_string(into.size()) + " bytes early, expected a complete file");
    into = into.subspan(got);
  }
}

void InputFile::refuse(const std::string& what, int code, const std::string& expected) const {
  fail(kind_of_read_error(code), who_,
       "'" + path_ + "' " + what + ": " + system_text(code) + ", expected " + expected_of(code, expected));
}

void InputFile::refuse(const std::string& text) const { fail(ErrorKind::data, who_, "'" + path_ + "' " + text); }

}  // namespace millrace
