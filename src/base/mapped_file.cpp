// SPDX-License-Identifier: Apache-2.0
#include "base/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "millrace/error.hpp"

namespace millrace {

namespace {

class Descriptor {
 public:
  // Standard input as it is: a socket, or a file of another user, does not open again by that name.
  explicit Descriptor(const std::string& path)
      : number_(path == "/dev/stdin" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                     : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

// EINTR: a signal came while the other side of a pipe was waited for, and its handler is not one behind which calls go
// on. Who installs such a handler wants the waiting to end.
[[noreturn]] void fail_with_errno(std::string_view who, const std::string& path, int error) {
  if (error == EINTR)
    fail(ErrorKind::interrupted, who, "stopped while waiting for " + path + ", expected somebody who writes to it");
  fail(ErrorKind::data, who, path + " cannot be read (" + std::strerror(error) + "), expected a file");
}

std::shared_ptr<std::string> read_to_end(const Descriptor& file, const std::string& path, std::string_view who) {
  auto text = std::make_shared<std::string>();
  std::size_t used = 0;
  for (;;) {
    if (used == text->size()) text->resize(2 * used + 65536);
    const ssize_t got = ::read(file.number(), text->data() + used, text->size() - used);
    if (got < 0) fail_with_errno(who, path, errno);
    if (got == 0) break;
    used += got;
  }
  text->resize(used);
  return text;
}

}  // namespace

MappedFile::MappedFile(const std::string& path, std::string_view who) {
  const Descriptor file(path);
  if (file.number() < 0 && errno == ENOENT) {
    fail(ErrorKind::data, who, "there is no file '" + path + "', expected a file that exists");
  }
  if (file.number() < 0) fail_with_errno(who, path, errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail_with_errno(who, path, errno);
  if (S_ISDIR(status.st_mode)) fail(ErrorKind::data, who, path + " is a directory, expected a file");

  // A terminal ends where its user says so; others, /dev/zero say, give bytes for ever.
  const bool device = S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode);
  if (device && ::isatty(file.number()) == 0)
    fail(ErrorKind::data, who, path + " is a device, expected a file or a pipe");

  // Pipes and terminals have no size, and files of /proc claim to be empty.
  if (status.st_size == 0) {
    const std::shared_ptr<std::string> text = read_to_end(file, path, who);
    data_ = std::shared_ptr<const char>(text, text->data());
    size_ = text->size();
    return;
  }
  size_ = status.st_size;
  void* pages = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (pages == MAP_FAILED) fail_with_errno(who, path, errno);
  data_ = std::shared_ptr<const char>(static_cast<const char*>(pages),
                                      [size = size_](const char* data) { ::munmap(const_cast<char*>(data), size); });
}

}  // namespace millrace
