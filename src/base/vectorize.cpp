// SPDX-License-Identifier: Apache-2.0
#include "base/vectorize.hpp"

#include <algorithm>

namespace millrace {

namespace {

// Of x86-64-v3 and -v4, the extensions that a processor with the last one also has.
LoopSet widest_set() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return LoopSet::avx512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")
             ? LoopSet::avx2
             : LoopSet::baseline;
}

}  // namespace

// Loops that run before this is initialised are the baseline's.
std::atomic<unsigned> detail::set_of_loops{static_cast<unsigned>(widest_set())};
constinit thread_local unsigned detail::portable_loops = 0;

LoopSet loop_set() { return static_cast<LoopSet>(detail::set_of_loops.load(std::memory_order_relaxed)); }

void limit_loops(LoopSet widest) {
  detail::set_of_loops.store(static_cast<unsigned>(std::min(widest, widest_set())), std::memory_order_relaxed);
}

PortableLoops::PortableLoops(bool portable) : before_(detail::portable_loops) {
  detail::portable_loops = portable ? detail::portable_version : 0;
}
PortableLoops::~PortableLoops() { detail::portable_loops = before_; }

}  // namespace millrace
