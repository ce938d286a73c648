// SPDX-License-Identifier: Apache-2.0
#include "kernels/openblas.hpp"

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <semaphore>
#include <vector>

#include "threads/cpu_budget.hpp"

namespace millrace::openblas {

namespace {

// The results of openblas_get_parallel().
enum class Build { serial, own_threads, openmp };

// The buffer of one caller, and the library with those it links to (0.3.21 and 0.3.29).
constexpr std::size_t buffer_bytes = std::size_t{128} << 20, library_bytes = std::size_t{64} << 20;

// OpenBLAS never gives up when it cannot get memory: it asks again without end (0.3.21), also while it is being loaded,
// or ends the process (later versions). So it is asked for no memory that the system has not just promised.
//
// While it is loaded it takes a buffer for each processor. Later it takes one for each call that runs at the same time,
// and keeps them.
bool can_map(std::size_t bytes) {
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  ::munmap(memory, bytes);
  return true;
}

std::size_t loading_bytes() {
  const auto processors = static_cast<std::size_t>(std::max(1L, sysconf(_SC_NPROCESSORS_CONF)));
  return library_bytes + (processors + 1) * buffer_bytes;
}

// Whether asking for memory can fail: a limit of the address space, or a system that promises only memory that it has.
bool memory_is_limited() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) return true;
  int policy = 0;
  std::ifstream("/proc/sys/vm/overcommit_memory") >> policy;
  constexpr int promises_what_it_has = 2;
  return policy == promises_what_it_has;
}

using Callers = std::counting_semaphore<>;

struct Library {
  Sgemm sgemm = nullptr;
  std::unique_ptr<Callers> callers;  // null: any number of threads may call at once
  std::string configuration, why_missing;
};

template <class Function>
Function function(void* library, const char* name) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

// Lets the library take the buffers of its later callers. Returns for how many there was memory, 0 for none.
int take_buffers(void* library) {
  const auto allocate = function<void* (*)(int)>(library, "blas_memory_alloc");
  const auto give_back = function<void (*)(void*)>(library, "blas_memory_free");
  if (allocate == nullptr || give_back == nullptr) return can_map(buffer_bytes) ? 1 : 0;
  std::vector<void*> buffers;
  while (std::ssize(buffers) < cpu_budget().processors && can_map(buffer_bytes)) {
    void* const buffer = allocate(0);
    if (buffer == nullptr) break;
    buffers.push_back(buffer);
  }
  for (void* const buffer : buffers) give_back(buffer);
  return static_cast<int>(buffers.size());
}

// Fills `opened`, or says in it why this build cannot be used.
void open_build(const char* name, Library& opened) {
  void* const library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    opened.why_missing = dlerror();
    return;
  }
  const auto parallel = function<int (*)()>(library, "openblas_get_parallel");
  const auto sgemm = function<Sgemm>(library, "cblas_sgemm");
  if (parallel == nullptr || sgemm == nullptr) {
    opened.why_missing = std::string(name) + " is not OpenBLAS";
    return;
  }
  const auto build = static_cast<Build>(parallel());
  // The serial build has no lock around its buffers (0.3.21): two calls at once give wrong products.
  if (build == Build::serial) {
    opened.why_missing = std::string(name) + " is a build for a single thread";
    return;
  }
  const auto set_threads = function<void (*)(int)>(library, "openblas_set_num_threads");
  if (build == Build::own_threads && set_threads != nullptr) set_threads(1);
  if (memory_is_limited()) {
    const int callers = take_buffers(library);
    if (callers == 0) {
      opened.why_missing = "it needs " + std::to_string(buffer_bytes >> 20) + " MiB for its products (ulimit -v)";
      return;
    }
    opened.callers = std::make_unique<Callers>(callers);
  }
  const auto configuration = function<const char* (*)()>(library, "openblas_get_config");
  opened.configuration = configuration != nullptr ? configuration() : "OpenBLAS";
  opened.why_missing.clear();
  opened.sgemm = sgemm;
}

Library open_library() {
  Library opened;
  if (!can_map(loading_bytes())) {
    opened.why_missing =
        "it needs " + std::to_string(loading_bytes() >> 20) + " MiB of address space to start (ulimit -v)";
    return opened;
  }
  // First the library that a Python wheel carries (scripts/wheel.sh), found by the wheel's own search path. Then the
  // OpenMP build, by its full path: the name alone may lead to a build that starts a pool of threads.
  for (const char* name : {"libmillrace-openblas.so", MILLRACE_OPENBLAS, "libopenblas.so.0"}) {
    open_build(name, opened);
    if (opened.sgemm != nullptr) break;
  }
  return opened;
}

const Library& library() {
  static const Library instance = open_library();
  return instance;
}

}  // namespace

// The library reads the variable while it is opened.
void limit(const char* processor) {
  constexpr const char* variable = "OPENBLAS_CORETYPE";
  if (std::getenv(variable) != nullptr) return;
  ::setenv(variable, processor, 1);
  static_cast<void>(library());
  ::unsetenv(variable);
}

Sgemm sgemm() { return library().sgemm; }

void multiply(int transpose_a, int transpose_b, int m, int n, int k, const float* a, int lda, const float* b, int ldb,
              float beta, float* c, int ldc) {
  const Library& opened = library();
  if (opened.callers) opened.callers->acquire();
  opened.sgemm(row_major, transpose_a, transpose_b, m, n, k, 1.0F, a, lda, b, ldb, beta, c, ldc);
  if (opened.callers) opened.callers->release();
}

const std::string& configuration() { return library().configuration; }
const std::string& why_missing() { return library().why_missing; }

}  // namespace millrace::openblas
