// SPDX-License-Identifier: Apache-2.0
#include "table/storage/resident.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace millrace {

ResidentMemory::ResidentMemory() : file_(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) {}

std::int64_t ResidentMemory::bytes() const {
  std::array<char, 128> text{};
  if (::pread(file_.number(), text.data(), text.size() - 1, 0) <= 0) return 0;
  long long all = 0, resident = 0;
  if (std::sscanf(text.data(), "%lld %lld", &all, &resident) != 2) return 0;
  return resident * ::sysconf(_SC_PAGESIZE);
}

// A line of the list: "7f0000000000-7f0000004000 r--p 00000000 08:01 1234 /a/file". Anonymous memory has the inode 0.
MappedPages mapped_pages(const void* data, std::int64_t bytes) {
  const auto begin = std::bit_cast<std::uintptr_t>(data), end = begin + bytes;
  std::ifstream list("/proc/self/maps");
  for (std::string line; std::getline(list, line);) {
    std::istringstream fields(line);
    std::uintptr_t from = 0, to = 0;
    char dash = 0;
    std::string rights, offset, device;
    std::uint64_t inode = 0;
    fields >> std::hex >> from >> dash >> to >> rights >> offset >> device >> std::dec >> inode;
    if (!fields || begin < from || end > to) continue;
    const bool kept_by_file = rights.size() == 4 && (rights[1] == '-' || rights[3] == 's');
    if (inode == 0 || !kept_by_file) return {};
    const std::uintptr_t page = ::sysconf(_SC_PAGESIZE), first = begin / page * page;
    const std::uintptr_t last = (end + page - 1) / page * page;
    return {std::bit_cast<void*>(first), static_cast<std::int64_t>(last - first)};
  }
  return {};
}

namespace {

void advise(const void* data, std::int64_t bytes, int advice) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = std::bit_cast<std::uintptr_t>(data) / page * page;
  const auto end = std::bit_cast<std::uintptr_t>(data) + static_cast<std::uintptr_t>(bytes);
  // A system that knows no such advice brings the pages one by one.
  static_cast<void>(::madvise(std::bit_cast<void*>(begin), end - begin, advice));
}

}  // namespace

void bring_pages(const void* data, std::int64_t bytes) {
  constexpr int populate_read = 22;  // MADV_POPULATE_READ of Linux 5.14, which older C libraries do not name
  advise(data, bytes, populate_read);
}

void read_pages_ahead(const void* data, std::int64_t bytes) { advise(data, bytes, MADV_WILLNEED); }

}  // namespace millrace
