// SPDX-License-Identifier: Apache-2.0
//
// A library for LD_PRELOAD that makes one call of the program fail:
//   FAULT_CALL    open, write, fsync, rename, mmap, pthread_create or malloc; or thread_exit: the thread that is created
//                 ends the process by exit(1), as threads of libgomp do without memory
//   FAULT_AT      which call of that kind, from 0; -1: none
//   FAULT_ALWAYS  if it is set, the calls after it fail too
//   FAULT_COUNT   a file that gets the number of calls of that kind when the process ends, and, one a line, the number
//                 of the first call from each distinct call stack; with "own" behind it if that stack is also the first of
//                 its functions of the program, and the function of a library that they call
//   FAULT_RECORD  a file that gets every write, fsync and rename of a file, in order: what a power loss can undo.
//                 A record is a line "OPERATION DESCRIPTOR BYTES NAME", and then the bytes
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
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

// The first call from each call stack. Open addressing, because no memory can be had in here. A training has 54 000 stacks:
// onnx describes each of its operations by a function of its own.
struct Call {
  std::atomic<unsigned long> stack{0};
  long number = 0;
  bool own = false;
};
using Calls = std::array<Call, 1 << 20>;
Calls calls, own_calls;
__attribute__((tls_model("initial-exec"))) thread_local bool unwinding = false;

// Null if another call from this stack was before.
Call* add(Calls& first, unsigned long stack, long number) {
  stack |= 1;  // 0 is none
  for (std::size_t i = 0; i < first.size(); ++i) {
    Call& at = first[(stack + i) % first.size()];
    unsigned long none = 0;
    if (at.stack.compare_exchange_strong(none, stack)) {
      at.number = number;
      return &at;
    }
    if (none == stack) return nullptr;
  }
  std::fputs("faulty_calls: more call stacks than the table takes\n", stderr);
  std::abort();
}

unsigned long program_begin = 0, program_end = 0;

int note_program(dl_phdr_info* program, std::size_t, void*) {
  for (int i = 0; i < program->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = program->dlpi_phdr[i];
    if (part.p_type == PT_LOAD) program_end = program->dlpi_addr + part.p_vaddr + part.p_memsz;
  }
  program_begin = program->dlpi_addr;
  return 1;  // no libraries
}

struct Hash {
  unsigned long all = 14695981039346656037UL, own = all, inner = 0;
  int frames = 0;
  bool in_program = false;
};

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* to) {
  auto& hash = *static_cast<Hash*>(to);
  const auto mix = [](unsigned long& value, unsigned long by) { value = (value ^ by) * 1099511628211UL; };
  const unsigned long address = _Unwind_GetIP(context);
  mix(hash.all, address);
  if (address >= program_begin && address < program_end) {
    if (!hash.in_program) mix(hash.own, hash.inner);
    hash.in_program = true;
    mix(hash.own, address);
  }
  hash.inner = address;
  constexpr int deepest = 64;
  return ++hash.frames < deepest ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

void note_stack(long number) {
  if (counts == nullptr || unwinding) return;
  unwinding = true;
  Hash hash;
  _Unwind_Backtrace(add_frame, &hash);
  if (Call* const first = add(calls, hash.all, number)) first->own = add(own_calls, hash.own, number) != nullptr;
  unwinding = false;
}

__attribute__((constructor)) void read_environment() {
  dl_iterate_phdr(note_program, nullptr);
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
  const auto put = [&](long number, bool own) {
    char text[32];
    const int size = std::snprintf(text, sizeof text, "%ld%s\n", number, own ? " own" : "");
    static_cast<void>(syscall(SYS_write, file, text, static_cast<size_t>(size)) < 0);
  };
  put(count, false);
  for (const Call& first : calls) {
    if (first.stack != 0) put(first.number, first.own);
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
  if (fails("thread_exit", 0)) {
    body = [](void*) -> void* {
      // Other threads run on: no handler may destroy what they use.
      static_cast<void>(std::atexit(std::abort));
      std::exit(EXIT_FAILURE);
    };
  }
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
