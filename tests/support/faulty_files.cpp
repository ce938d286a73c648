// SPDX-License-Identifier: Apache-2.0
#include "support/faulty_files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>

#include "base/file_calls.hpp"

namespace millrace::test {

namespace {

constexpr int killed = -1;

struct Fault {
  int count = 0, at = -1, code = 0;
};
struct Faults {
  std::array<Fault, 5> calls;
  std::size_t write_limit = SIZE_MAX;
};
Faults faults;  // the table holds plain functions, which have nowhere else to look

Fault& of(FaultyFiles::Call call) { return faults.calls[static_cast<int>(call)]; }

bool fails(FaultyFiles::Call call) {
  Fault& fault = of(call);
  if (fault.count++ != fault.at) return false;
  if (fault.code == killed) std::raise(SIGKILL);
  errno = fault.code;
  return true;
}

using Call = FaultyFiles::Call;
int open_or_fail(const char* path, int flags, mode_t mode) {
  return fails(Call::open) ? -1 : ::open(path, flags, mode);
}
ssize_t write_or_fail(int descriptor, const void* bytes, std::size_t size) {
  return fails(Call::write) ? -1 : ::write(descriptor, bytes, std::min(size, faults.write_limit));
}
int fsync_or_fail(int descriptor) { return fails(Call::fsync) ? -1 : ::fsync(descriptor); }
int rename_or_fail(const char* from, const char* to) { return fails(Call::rename) ? -1 : std::rename(from, to); }

void* map_or_fail(int descriptor, std::size_t size) {
  return fails(Call::map) ? MAP_FAILED : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
}

const detail::FileCalls& real_calls() {
  static const detail::FileCalls calls = detail::file_calls;
  return calls;
}

}  // namespace

FaultyFiles::FaultyFiles() {
  real_calls();
  faults = {};
  detail::file_calls = {open_or_fail, write_or_fail, fsync_or_fail, rename_or_fail, map_or_fail};
}

FaultyFiles::~FaultyFiles() { detail::file_calls = real_calls(); }

void FaultyFiles::fail(Call call, int after, int code) { of(call) = {of(call).count, of(call).count + after, code}; }
void FaultyFiles::kill(Call call, int after) { fail(call, after, killed); }
void FaultyFiles::write_at_most(std::size_t bytes) { faults.write_limit = bytes; }
int FaultyFiles::count(Call call) { return of(call).count; }

}  // namespace millrace::test
