// SPDX-License-Identifier: Apache-2.0
//
// A library for LD_PRELOAD that makes one call of the program fail:
//   FAULT_CALL    open, write, fsync, rename, mmap, pthread_create or malloc
//   FAULT_AT      which call of that kind, from 0; -1: none
//   FAULT_ALWAYS  if it is set, the calls after it fail too
//   FAULT_COUNT   a file that gets the number of calls of that kind when the process ends, and, one a line, the number
//                 of the first call from each distinct call stack
//   FAULT_RECORD  a file that gets every write, fsync and rename of a file, in order: what a power loss can undo.
//                 A record is a line "OPERATION DESCRIPTOR BYTES NAME", and then the bytes
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
}

namespace {

const char* call = nullptr;  // null until the constructor ran: the calls of the loader are not counted
long at = -1;
bool always = false;
const char* counts = nullptr;
std::atomic<long> count{0};
int record = -1;
pthread_mutex_t recording = PTHREAD_MUTEX_INITIALIZER;

// The first call from each call stack. Open addressing, because no memory can be had in here. A training has 54 000: onnx
// describes each of its operations by a function of its own.
struct Stack {
  std::atomic<unsigned long> hash{0};
  long first = 0;
};
std::array<Stack, 1 << 20> stacks;
__attribute__((tls_model("initial-exec"))) thread_local bool unwinding = false;

struct Hash {
  unsigned long value = 14695981039346656037UL;
  int frames = 0;
};

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* to) {
  auto& hash = *static_cast<Hash*>(to);
  hash.value = (hash.value ^ _Unwind_GetIP(context)) * 1099511628211UL;
  constexpr int deepest = 64;
  return ++hash.frames < deepest ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

void note_stack(long number) {
  if (counts == nullptr || unwinding) return;
  unwinding = true;
  Hash hash;
  _Unwind_Backtrace(add_frame, &hash);
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    Stack& at = stacks[(hash.value + i) % stacks.size()];
    unsigned long none = 0;
    if (at.hash.compare_exchange_strong(none, hash.value | 1)) at.first = number;
    if (none == 0 || none == (hash.value | 1)) {
      unwinding = false;
      return;
    }
  }
  std::fputs("faulty_calls: more call stacks than the table takes\n", stderr);
  std::abort();
}

__attribute__((constructor)) void read_environment() {
  if (const char* const number = std::getenv("FAULT_AT")) at = std::atol(number);
  always = std::getenv("FAULT_ALWAYS") != nullptr;
  counts = std::getenv("FAULT_COUNT");
  if (const char* const path = std::getenv("FAULT_RECORD"))
    record = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  call = std::getenv("FAULT_CALL");
}

// By system calls, because the functions of this file may fail.
__attribute__((destructor)) void write_count() {
  if (counts == nullptr) return;
  const auto file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, counts, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  if (file < 0) return;
  const auto put = [&](long number) {
    char text[32];
    const int size = std::snprintf(text, sizeof text, "%ld\n", number);
    static_cast<void>(syscall(SYS_write, file, text, static_cast<size_t>(size)) < 0);
  };
  put(count);
  for (const Stack& stack : stacks) {
    if (stack.hash != 0) put(stack.first);
  }
  syscall(SYS_close, file);
}

bool fails(const char* name, int code) {
  if (call == nullptr || std::strcmp(name, call) != 0) return false;
  const long number = count.fetch_add(1);
  note_stack(number);
  if (at < 0 || (number != at && !(always && number > at))) return false;
  errno = code;
  return true;
}

void put_record(const char* operation, int file, const char* name, const void* bytes, size_t size) {
  if (record < 0 || file == record) return;
  char text[PATH_MAX + 64];
  const int length = std::snprintf(text, sizeof text, "%s %d %zu %s\n", operation, file, size, name);
  pthread_mutex_lock(&recording);
  static_cast<void>(syscall(SYS_write, record, text, static_cast<size_t>(length)) < 0);
  if (size > 0) static_cast<void>(syscall(SYS_write, record, bytes, size) < 0);
  pthread_mutex_unlock(&recording);
}

int open_or_fail(const char* path, int flags, mode_t mode) {
  if (fails("open", EMFILE)) return -1;
  const auto file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
  if (file >= 0) put_record((flags & O_CREAT) != 0 ? "create" : "open", file, path, nullptr, 0);
  return file;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_or_fail(path, flags, mode);
}

ssize_t write(int file, const void* bytes, size_t size) {
  if (file > STDERR_FILENO && fails("write", ENOSPC)) return -1;
  const ssize_t written = syscall(SYS_write, file, bytes, size);
  if (file > STDERR_FILENO && written > 0) put_record("write", file, "", bytes, static_cast<size_t>(written));
  return written;
}

int fsync(int file) {
  if (fails("fsync", EIO)) return -1;
  put_record("fsync", file, "", nullptr, 0);
  return static_cast<int>(syscall(SYS_fsync, file));
}

int rename(const char* from, const char* to) noexcept {
  if (fails("rename", EIO)) return -1;
  // The bytes of a rename are its new name.
  put_record("rename", -1, from, to, std::strlen(to));
  return static_cast<int>(syscall(SYS_rename, from, to));
}

int unlink(const char* path) noexcept {
  put_record("unlink", -1, path, nullptr, 0);
  return static_cast<int>(syscall(SYS_unlink, path));
}

void* mmap(void* address, size_t size, int protection, int flags, int file, off_t offset) noexcept {
  if (fails("mmap", ENOMEM)) return MAP_FAILED;
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, file, offset));
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument) noexcept {
  if (fails("pthread_create", EAGAIN)) return EAGAIN;
  static const auto next = reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
  return next(thread, attributes, body, argument);
}

void* malloc(size_t size) noexcept { return fails("malloc", ENOMEM) ? nullptr : __libc_malloc(size); }
void* calloc(size_t number, size_t size) noexcept {
  return fails("malloc", ENOMEM) ? nullptr : __libc_calloc(number, size);
}
void* realloc(void* memory, size_t size) noexcept {
  return fails("malloc", ENOMEM) ? nullptr : __libc_realloc(memory, size);
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return fails("malloc", ENOMEM) ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, size_t alignment, size_t size) noexcept {
  if (fails("malloc", ENOMEM)) return ENOMEM;
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

}  // extern "C"
