// SPDX-License-Identifier: Apache-2.0
//
// Ctrl-C while the engine computes and no Python runs. Python's handler only notes the signal, and raises when Python runs
// again, which is after the last row.
#pragma once

#include <atomic>

#include "gil.hpp"
#include "millrace/error.hpp"

namespace millrace::python {

/// While it lives, Ctrl-C sets a flag. Only on the main thread, whose signals Python handles, and only where Ctrl-C raises
/// KeyboardInterrupt: a handler of the user may mean to go on. watches: false does nothing.
class CtrlC {
 public:
  explicit CtrlC(bool watches);
  ~CtrlC();
  CtrlC(const CtrlC&) = delete;
  CtrlC& operator=(const CtrlC&) = delete;
  [[nodiscard]] const std::atomic<bool>* pressed() const { return &pressed_; }

 private:
  std::atomic<bool> pressed_{false};
  std::atomic<bool>* outer_ = nullptr;  // of a call that this one is within: a callback of fit() may predict
  bool watches_ = false, installed_ = false;
};

/// Runs Python's pending signal handlers. Throws what they raise.
void raise_signals();

/// Returns work(flag) with the GIL released. If the flag ends it, throws what Python's handler raises. watches: as of CtrlC.
template <class Work>
auto until_ctrl_c(bool watches, const Work& work) -> decltype(work(nullptr)) {
  const CtrlC ctrl_c(watches);
  try {
    const GilReleased unlocked;
    return work(ctrl_c.pressed());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) raise_signals();
    throw;
  }
}

}  // namespace millrace::python
