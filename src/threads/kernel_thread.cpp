// SPDX-License-Identifier: Apache-2.0
#include "threads/kernel_thread.hpp"

#include <omp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <algorithm>
#include <csignal>
#include <cstddef>

namespace millrace {

namespace {

// Newer processors save more registers when a signal arrives, so the system says how much room they need.
std::size_t stack_size() {
  const long usual = sysconf(_SC_SIGSTKSZ);
  return std::max<std::size_t>(1 << 16, usual > 0 ? usual : 0);
}

extern "C" void give_back_stack(void* memory) {
  stack_t present{};
  if (sigaltstack(nullptr, &present) == 0 && present.ss_sp == memory) {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
  }
  ::munmap(memory, stack_size());
}

// Gives each thread a signal stack and unmaps it when the thread ends. The key is pthread's, because a thread may
// arrive within a step, which allocates nothing, and destructors of thread_local variables would allocate.
class SignalStacks {
 public:
  SignalStacks() : there_is_key_(pthread_key_create(&key_, give_back_stack) == 0) {}
  void give_one() const {
    if (!there_is_key_ || pthread_getspecific(key_) != nullptr) return;
    stack_t stack{};
    if (sigaltstack(nullptr, &stack) != 0 || (stack.ss_flags & SS_DISABLE) == 0) return;  // the program has one
    stack = {};
    stack.ss_size = stack_size();
    void* const memory =
        ::mmap(nullptr, stack.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return;
    stack.ss_sp = memory;
    if (sigaltstack(&stack, nullptr) != 0 || pthread_setspecific(key_, memory) != 0) give_back_stack(memory);
  }

 private:
  pthread_key_t key_{};
  bool there_is_key_;
};

}  // namespace

KernelThread::KernelThread(bool portable)
    : openmp_threads_(omp_get_max_threads()), control_(_mm_getcsr()), portable_(portable) {
  static const SignalStacks signal_stacks;
  signal_stacks.give_one();
  omp_set_num_threads(1);
  constexpr unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x0040, rounding = 0x6000;  // rounding 0: to nearest
  _mm_setcsr((control_ & ~rounding) | flush_to_zero | denormals_are_zero);
}

KernelThread::~KernelThread() {
  omp_set_num_threads(openmp_threads_);
  _mm_setcsr(control_);
}

}  // namespace millrace
