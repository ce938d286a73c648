// SPDX-License-Identifier: Apache-2.0
#include "base/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "millrace/error.hpp"

namespace millrace {

// O_NONBLOCK: opening a pipe nobody writes to would wait for ever.
InputFile::InputFile(std::string path, std::string who)
    : path_(std::move(path)),
      who_(std::move(who)),
      descriptor_(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  if (descriptor_ < 0)
    refuse("cannot be opened: " + std::generic_category().message(errno) + ", expected a file that can be read");
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    refuse("is a folder or a device, expected a file");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(std::span<std::byte> into) {
  while (!into.empty()) {
    const ssize_t got = ::read(descriptor_, into.data(), into.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      refuse("cannot be read: " + std::generic_category().message(errno) + ", expected a disk without errors");
    if (got == 0) refuse("ends " + std::to_string(into.size()) + " bytes early, expected a complete file");
    into = into.subspan(got);
  }
}

void InputFile::refuse(const std::string& text) const { fail(ErrorKind::data, who_, "'" + path_ + "' " + text); }

}  // namespace millrace
