// SPDX-License-Identifier: Apache-2.0
#include "base/kernel_thread.hpp"

#include <omp.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <memory>

namespace millrace {

namespace {

class SignalStack {
 public:
  SignalStack() {
    stack_t present{};
    if (sigaltstack(nullptr, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) return;
    // What the processor saves takes more room from one generation to the next.
    const long usual = sysconf(_SC_SIGSTKSZ);
    const std::size_t size = std::max<std::size_t>(1 << 16, usual > 0 ? static_cast<std::size_t>(usual) : 0);
    memory_ = std::make_unique<std::byte[]>(size);
    stack_t own{};
    own.ss_sp = memory_.get();
    own.ss_size = size;
    sigaltstack(&own, nullptr);
  }
  ~SignalStack() {
    stack_t present{};
    if (memory_ == nullptr || sigaltstack(nullptr, &present) != 0 || present.ss_sp != memory_.get()) return;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace

KernelThread::KernelThread() : openmp_threads_(omp_get_max_threads()), control_(_mm_getcsr()) {
  thread_local const SignalStack signal_stack;
  omp_set_num_threads(1);
  constexpr unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x0040;
  _mm_setcsr(control_ | flush_to_zero | denormals_are_zero);
}

KernelThread::~KernelThread() {
  omp_set_num_threads(openmp_threads_);
  _mm_setcsr(control_);
}

}  // namespace millrace
