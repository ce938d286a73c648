// SPDX-License-Identifier: Apache-2.0
#include "resources/allocations.hpp"

#include <dlfcn.h>
#include <execinfo.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>

// glibc's allocator, under the names that it exports for replacements of malloc.
extern "C" void* __libc_malloc(std::size_t);                 // NOLINT(bugprone-reserved-identifier)
extern "C" void* __libc_calloc(std::size_t, std::size_t);    // NOLINT(bugprone-reserved-identifier)
extern "C" void* __libc_memalign(std::size_t, std::size_t);  // NOLINT(bugprone-reserved-identifier)

namespace millrace::test {

namespace {

std::atomic<bool> counting{false};
std::atomic<std::int64_t> own{0}, libraries{0};
thread_local bool looking = false;  // backtrace() may allocate, which does not count
thread_local std::int64_t until_failure = -1;
thread_local bool failed = false;

using Frames = std::array<void*, 24>;
Frames first_frames{};

bool called_by_library(Frames& frames) {
  frames = {};
  const int depth = backtrace(frames.data(), static_cast<int>(frames.size()));
  for (int i = 0; i < depth; ++i) {
    Dl_info info{};
    if (dladdr(frames[static_cast<std::size_t>(i)], &info) != 0 && info.dli_fname != nullptr &&
        (std::strstr(info.dli_fname, "libdnnl") != nullptr || std::strstr(info.dli_fname, "libgomp") != nullptr))
      return true;
  }
  return false;
}

void note() {
  if (!counting.load(std::memory_order_relaxed) || looking) return;
  looking = true;
  Frames frames;
  if (called_by_library(frames)) {
    ++libraries;
  } else if (own++ == 0) {
    first_frames = frames;
  }
  looking = false;
}

// Also counts the allocation. Whether it has to fail.
bool fails() {
  note();
  if (until_failure < 0 || until_failure-- > 0) return false;
  failed = true;
  return true;
}

}  // namespace

void fail_allocation(std::int64_t number) {
  failed = false;
  until_failure = number;
}

bool has_failed_allocation() { return failed; }

void count_allocations(bool on) {
  if (on) {
    Frames frames;
    called_by_library(frames);  // loads the library that backtrace() needs
    own = 0;
    libraries = 0;
  }
  counting = on;
}

Allocations allocations() { return {own, libraries}; }

std::string first_caller() {
  std::string text;
  for (void* const frame : first_frames) {
    Dl_info info{};
    if (frame == nullptr || dladdr(frame, &info) == 0) continue;
    text += std::string(info.dli_fname) + " " +
            std::to_string(static_cast<char*>(frame) - static_cast<char*>(info.dli_fbase)) +
            (info.dli_sname != nullptr ? std::string(" ") + info.dli_sname : "") + "\n";
  }
  return text;
}

}  // namespace millrace::test

extern "C" void* malloc(std::size_t size) { return millrace::test::fails() ? nullptr : __libc_malloc(size); }
extern "C" void* calloc(std::size_t count, std::size_t size) {
  return millrace::test::fails() ? nullptr : __libc_calloc(count, size);
}
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return millrace::test::fails() ? nullptr : __libc_memalign(alignment, size);
}
extern "C" int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  *memory = millrace::test::fails() ? nullptr : __libc_memalign(alignment, size);
  return *memory == nullptr ? 12 : 0;  // ENOMEM
}
