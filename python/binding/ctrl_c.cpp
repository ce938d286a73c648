// SPDX-License-Identifier: Apache-2.0
#include "ctrl_c.hpp"

#include <csignal>

namespace nb = nanobind;

namespace millrace::python {

namespace {

// A handler has no argument of ours: what it reaches is global.
std::atomic<std::atomic<bool>*> innermost{nullptr};
struct sigaction handler_of_python {};

extern "C" void note_interrupt(int number) {
  if (std::atomic<bool>* const pressed = innermost) *pressed = true;
  handler_of_python.sa_handler(number);
}

bool raises_keyboard_interrupt() {
  const nb::object thread = nb::module_::import_("threading");
  if (!thread.attr("current_thread")().is(thread.attr("main_thread")())) return false;
  const nb::object signal = nb::module_::import_("signal");
  return signal.attr("getsignal")(SIGINT).is(signal.attr("default_int_handler"));
}

}  // namespace

CtrlC::CtrlC(bool watches) : watches_(watches && raises_keyboard_interrupt()) {
  if (!watches_) return;
  outer_ = innermost.exchange(&pressed_);
  struct sigaction found {};
  if (::sigaction(SIGINT, nullptr, &found) != 0 || (found.sa_flags & SA_SIGINFO) != 0 || found.sa_handler == SIG_DFL ||
      found.sa_handler == SIG_IGN || found.sa_handler == note_interrupt)
    return;
  handler_of_python = found;
  struct sigaction ours = found;
  ours.sa_handler = note_interrupt;
  installed_ = ::sigaction(SIGINT, &ours, nullptr) == 0;
}

CtrlC::~CtrlC() {
  if (!watches_) return;
  innermost = outer_;
  struct sigaction found {};
  // A callback may have set another handler.
  if (installed_ && ::sigaction(SIGINT, nullptr, &found) == 0 && found.sa_handler == note_interrupt)
    ::sigaction(SIGINT, &handler_of_python, nullptr);
}

void raise_signals() {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

}  // namespace millrace::python
