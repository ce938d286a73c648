// SPDX-License-Identifier: Apache-2.0
//
// Loops that are compiled once for each instruction set. A loop is a free function or a function template in a source
// file, marked MILLRACE_INLINE, over contiguous floats. vectorized<loop>(...) calls its version for this processor:
//
//   MILLRACE_INLINE void scale(float* values, std::int64_t count, float factor) {
//     for (std::int64_t i = 0; i < count; ++i) values[i] *= factor;
//   }
//   vectorized<scale>(weights, count, 0.5F);
//
// What the loop calls is compiled with it if it is inlined: mark it MILLRACE_INLINE too.
#pragma once

#include <array>
#include <atomic>

#define MILLRACE_INLINE inline __attribute__((always_inline))

namespace millrace {

/// The instruction sets that loops are compiled for: any x86-64 processor, AVX2 with FMA (x86-64-v3), AVX-512
/// (x86-64-v4).
enum class LoopSet : unsigned { baseline, avx2, avx512 };
/// The one that vectorized() uses: the widest of the processor, unless limit_loops() allows less.
[[nodiscard]] LoopSet loop_set();
/// For the whole process. Call it before any other thread computes.
void limit_loops(LoopSet widest);

/// While it lives, loops of this thread are portable: a version with AVX2 but without fused multiply-adds, which
/// compilers form where they like. So a loop has the same bits on every processor with AVX2, from every compiler.
class PortableLoops {
 public:
  explicit PortableLoops(bool portable);
  ~PortableLoops();
  PortableLoops(const PortableLoops&) = delete;
  PortableLoops& operator=(const PortableLoops&) = delete;

 private:
  unsigned before_;
};

namespace detail {

// The index of a version is `set | portable`: portable has all bits of every set.
inline constexpr unsigned portable_version = 3;
extern std::atomic<unsigned> set_of_loops;
// The model spares shared libraries a function call for each access.
extern constinit thread_local unsigned portable_loops __attribute__((tls_model("initial-exec")));

template <auto loop, class Function = decltype(loop)>
struct LoopVersions;

#define MILLRACE_COMPILED_FOR(instructions) __attribute__((target(instructions), flatten)) static
template <auto loop, class Result, class... Arguments>
struct LoopVersions<loop, Result (*)(Arguments...)> {
  __attribute__((flatten)) static Result baseline(Arguments... arguments) { return loop(arguments...); }
  MILLRACE_COMPILED_FOR("arch=x86-64-v3") Result avx2(Arguments... arguments) { return loop(arguments...); }
  MILLRACE_COMPILED_FOR("arch=x86-64-v4") Result avx512(Arguments... arguments) { return loop(arguments...); }
  MILLRACE_COMPILED_FOR("avx2") Result portable(Arguments... arguments) { return loop(arguments...); }
  static constexpr std::array<Result (*)(Arguments...), 4> all{baseline, avx2, avx512, portable};
};
#undef MILLRACE_COMPILED_FOR

}  // namespace detail

template <auto loop, class... Arguments>
MILLRACE_INLINE auto vectorized(const Arguments&... arguments) {
  const unsigned version = detail::set_of_loops.load(std::memory_order_relaxed) | detail::portable_loops;
  return detail::LoopVersions<loop>::all[version](arguments...);
}

}  // namespace millrace
