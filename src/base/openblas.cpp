// SPDX-License-Identifier: Apache-2.0
#include "base/openblas.hpp"

#include <dlfcn.h>

#include <initializer_list>

namespace millrace::openblas {

namespace {

Sgemm open_library() {
  // The serial build by its full path first: the name alone may lead to the build that starts a pool of threads.
  for (const char* name : {MILLRACE_OPENBLAS, "libopenblas.so.0"}) {
    void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) continue;
    if (void* function = dlsym(library, "cblas_sgemm")) {
      if (void* set_threads = dlsym(library, "openblas_set_num_threads"))
        reinterpret_cast<void (*)(int)>(set_threads)(1);
      return reinterpret_cast<Sgemm>(function);
    }
  }
  return nullptr;
}

}  // namespace

Sgemm sgemm() {
  static const Sgemm function = open_library();
  return function;
}

}  // namespace millrace::openblas
