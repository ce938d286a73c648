// SPDX-License-Identifier: Apache-2.0
//
// Who holds the GIL, and what happens while it does not. In place of nanobind's guards, because of threads that are still
// in a call when the interpreter ends: Python up to 3.13 ends a thread that then asks for the GIL by unwinding its stack,
// which must not pass a destructor or a function of nanobind and would end the process with SIGABRT. Here such a thread
// waits for the end of the process, as it does from Python 3.14 on.
#pragma once

#include <cxxabi.h>
#include <nanobind/nanobind.h>
#include <unistd.h>

namespace millrace::python {

/// Calls take(), which takes the GIL.
template <class Take>
auto take_gil(const Take& take) -> decltype(take()) {
  try {
    return take();
  } catch (const abi::__forced_unwind&) {
    for (;;) ::pause();
  }
}

/// While it lives, other threads may run Python.
class GilReleased {
 public:
  GilReleased() : state_(PyEval_SaveThread()) {}
  ~GilReleased() {
    take_gil([this] { PyEval_RestoreThread(state_); });
  }
  GilReleased(const GilReleased&) = delete;
  GilReleased& operator=(const GilReleased&) = delete;

 private:
  PyThreadState* state_;
};

/// While it lives, this thread may run Python.
class GilTaken {
 public:
  GilTaken() : state_(take_gil([] { return PyGILState_Ensure(); })) {}
  ~GilTaken() { PyGILState_Release(state_); }
  GilTaken(const GilTaken&) = delete;
  GilTaken& operator=(const GilTaken&) = delete;

 private:
  PyGILState_STATE state_;
};

}  // namespace millrace::python
