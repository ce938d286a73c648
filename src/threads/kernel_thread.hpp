// SPDX-License-Identifier: Apache-2.0
//
// The state that the kernel libraries want of a thread, or that they need to be safe in.
#pragma once

namespace millrace {

/// To be had on every thread before its first product, and undone after: the kernel libraries must not start threads of
/// their own, and denormal numbers are flushed to zero.
/// A thread without an alternate signal stack gets one, for as long as it lives. Some of oneDNN's kernels (2.6.3: of
/// products, with AVX-512) point the stack register into the heap; a signal handler that ran there would write its
/// frame over other memory. Where handlers are installed with SA_ONSTACK they run on the alternate stack.
class KernelThread {
 public:
  KernelThread();
  ~KernelThread();
  KernelThread(const KernelThread&) = delete;
  KernelThread& operator=(const KernelThread&) = delete;

 private:
  int openmp_threads_;
  unsigned control_;
};

}  // namespace millrace
