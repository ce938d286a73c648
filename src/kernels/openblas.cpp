// SPDX-License-Identifier: Apache-2.0
#include "kernels/openblas.hpp"

#include <dlfcn.h>

#include <initializer_list>

namespace millrace::openblas {

namespace {

// The results of openblas_get_parallel().
enum class Build { serial, own_threads, openmp };

Sgemm open_library() {
  // First the library that a Python wheel carries (scripts/wheel.sh), found by the wheel's own search path. Then the OpenMP
  // build, by its full path: the name alone may lead to a build that starts a pool of threads.
  for (const char* name : {"libmillrace-openblas.so", MILLRACE_OPENBLAS, "libopenblas.so.0"}) {
    void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) continue;
    void* const get_parallel = dlsym(library, "openblas_get_parallel");
    void* const function = dlsym(library, "cblas_sgemm");
    if (get_parallel == nullptr || function == nullptr) continue;
    const auto build = static_cast<Build>(reinterpret_cast<int (*)()>(get_parallel)());
    // The serial build has no lock around its buffers (0.3.21): two calls at once give wrong products.
    if (build == Build::serial) continue;
    if (void* const set_threads = dlsym(library, "openblas_set_num_threads");
        build == Build::own_threads && set_threads)
      reinterpret_cast<void (*)(int)>(set_threads)(1);
    return reinterpret_cast<Sgemm>(function);
  }
  return nullptr;
}

}  // namespace

Sgemm sgemm() {
  static const Sgemm function = open_library();
  return function;
}

}  // namespace millrace::openblas
