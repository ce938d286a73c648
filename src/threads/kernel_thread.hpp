// SPDX-License-Identifier: Apache-2.0
//
// The state in which a thread must call kernels.
#pragma once

#include "base/vectorize.hpp"

namespace millrace {

/// Make one on every thread before its first product. While it lives, the kernel libraries start no threads of their
/// own, results are rounded to nearest, whatever the program has chosen by fesetround(), and denormal numbers are flushed
/// to zero; the destructor restores all three. A thread without an alternate signal stack also gets one until it ends.
/// Some kernels of oneDNN (2.6.3: products with AVX-512) point the stack register into the heap, where a signal handler
/// would write its frame over other memory. Handlers that are installed with SA_ONSTACK run on the alternate stack
/// instead.
class KernelThread {
 public:
  /// portable: whether loops are portable (vectorize.hpp).
  explicit KernelThread(bool portable = false);
  ~KernelThread();
  KernelThread(const KernelThread&) = delete;
  KernelThread& operator=(const KernelThread&) = delete;

 private:
  int openmp_threads_;
  unsigned control_;
  PortableLoops portable_;
};

}  // namespace millrace
