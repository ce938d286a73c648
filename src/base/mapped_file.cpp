// SPDX-License-Identifier: Apache-2.0
#include "base/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/converted_file.hpp"
#include "base/descriptor.hpp"
#include "base/fail.hpp"
#include "base/file_calls.hpp"
#include "base/system_error.hpp"
#include "millrace/error.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MILLRACE_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define MILLRACE_ADDRESS_SANITIZER
#endif
#ifdef MILLRACE_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(begin, size) (static_cast<void>(begin), static_cast<void>(size))
#define ASAN_UNPOISON_MEMORY_REGION(begin, size) (static_cast<void>(begin), static_cast<void>(size))
#endif

namespace millrace {

namespace {

using detail::file_calls;

bool is_pipe(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

// A signal may interrupt the opening of a file on a network, which is tried again, and the waiting for a writer of a
// pipe, which ends: whoever installs a handler without SA_RESTART wants that.
int open_for_reading(const std::string& path) {
  // Standard input is duplicated: a socket, or a file of another user, cannot be opened again by that name.
  if (path == "/dev/stdin") return ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  const std::string opened = converted_file(path);
  int descriptor = -1;
  do descriptor = file_calls.open(opened.c_str(), O_RDONLY | O_CLOEXEC, 0);
  while (descriptor < 0 && errno == EINTR && !is_pipe(path));
  return descriptor;
}

[[noreturn]] void fail_with_errno(std::string_view who, const std::string& path, int code) {
  if (code == EINTR)
    fail(ErrorKind::interrupted, who, "stopped while waiting for " + path + ", expected a process that writes to it");
  fail(kind_of_read_error(code), who,
       path + " cannot be read (" + system_text(code) + "), expected " + expected_of(code, "a file"));
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

// The files that are mapped now, for signal handlers: a handler can neither lock nor allocate.
struct MappedRange {
  std::atomic<const char*> begin{nullptr};  // null: free
  std::atomic<std::size_t> size{0};
  std::array<char, 4096> path{};
};
std::array<MappedRange, 16> mapped_ranges;

MappedRange* enter_range(const char* begin, std::size_t size, const std::string& path) {
  for (MappedRange& range : mapped_ranges) {
    const char* none = nullptr;
    if (!range.begin.compare_exchange_strong(none, begin)) continue;
    range.path[path.copy(range.path.data(), range.path.size() - 1)] = '\0';
    range.size = size;
    return &range;
  }
  return nullptr;
}

// The rest of a mapping's last page, behind the file. AddressSanitizer reports who reads it.
std::size_t rest_of_page(std::size_t size) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (page - size % page) % page;
}

void leave_range(MappedRange* range) {
  if (range == nullptr) return;
  range->size = 0;
  range->begin = nullptr;
}

}  // namespace

const char* path_mapped_at(const void* address) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (const MappedRange& range : mapped_ranges) {
    const auto begin = reinterpret_cast<std::uintptr_t>(range.begin.load());
    if (at >= begin && at - begin < range.size.load()) return range.path.data();
  }
  return nullptr;
}

MappedFile::MappedFile(const std::string& path, std::string_view who) {
  const Descriptor file(open_for_reading(path));
  if (file.number() < 0 && errno == ENOENT) {
    fail(ErrorKind::data, who, "there is no file '" + path + "', expected an existing file");
  }
  if (file.number() < 0) fail_with_errno(who, path, errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail_with_errno(who, path, errno);
  if (S_ISDIR(status.st_mode)) fail(ErrorKind::data, who, path + " is a directory, expected a file");

  // A terminal ends where its user says so. Other devices may give bytes forever, such as /dev/zero.
  const bool device = S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode);
  if (device && ::isatty(file.number()) == 0)
    fail(ErrorKind::data, who, path + " is a device, expected a file or a pipe");

  // Pipes and terminals have no size, and the files of /proc claim to be empty.
  if (status.st_size == 0) {
    const std::shared_ptr<std::string> text = read_to_end(file, path, who);
    data_ = std::shared_ptr<const char>(text, text->data());
    size_ = text->size();
    return;
  }
  size_ = status.st_size;
  void* pages = file_calls.map(file.number(), size_);
  if (pages == MAP_FAILED) {
    const int code = errno;
    if (code != ENOMEM) fail_with_errno(who, path, code);
    fail(ErrorKind::environment, who,
         path + " of " + std::to_string(size_) + " bytes cannot be mapped (" + system_text(code) +
             "), expected as much address space, or a higher limit (ulimit -v)");
  }
  const char* const begin = static_cast<const char*>(pages);
  MappedRange* const range = enter_range(begin, size_, path);
  ASAN_POISON_MEMORY_REGION(begin + size_, rest_of_page(size_));
  data_ = std::shared_ptr<const char>(begin, [size = size_, range](const char* data) {
    leave_range(range);
    ASAN_UNPOISON_MEMORY_REGION(data + size, rest_of_page(size));
    ::munmap(const_cast<char*>(data), size);
  });
}

}  // namespace millrace
