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

NamelessFile::NamelessFile(const std::string& folder, std::string who, std::string content)
    : folder_(folder.empty() ? "." : folder), who_(std::move(who)), content_(std::move(content)) {
  std::string path = folder_ + "/.millrace-XXXXXX";
  descriptor_ = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor_ < 0) give_up(errno);
  ::unlink(path.c_str());
}

NamelessFile::~NamelessFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void NamelessFile::write(std::span<const std::byte> bytes) {
  if (const int code = detail::write_all(descriptor_, bytes); code != 0) give_up(code);
}

void NamelessFile::read(std::int64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const ssize_t count = ::pread(descriptor_, into.data(), into.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) give_up(count < 0 ? errno : EIO);
    offset += count;
    into = into.subspan(count);
  }
}

void NamelessFile::give_up(int code) const {
  const std::string machine = expected_of_machine(code);
  fail(ErrorKind::environment, who_,
       "the folder '" + folder_ + "' takes no file of " + content_ + " (" + system_text(code) + "), expected " +
           (machine.empty() ? "a folder that takes files" : machine));
}

}  // namespace millrace
