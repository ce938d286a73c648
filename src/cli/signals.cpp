// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <csignal>

namespace millrace::cli {

namespace {

// A signal belongs to the process, and a handler reaches nothing but what is the process's too.
std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "handlers may use nothing else");

extern "C" void request_stop(int number) {
  if (!stop_requested.exchange(true)) return;
  std::signal(number, SIG_DFL);
  static_cast<void>(std::raise(number));
}

void take_signals(int flags) {
  struct sigaction action {};
  action.sa_handler = request_stop;
  action.sa_flags = flags | SA_ONSTACK;  // kernels may use the stack register for something else (KernelThread)
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
}

}  // namespace

StopOnSignal::StopOnSignal() {
  stop_requested = false;
  take_signals(0);
  std::signal(SIGPIPE, SIG_IGN);
}

void StopOnSignal::wait_no_more() { take_signals(SA_RESTART); }

StopOnSignal::~StopOnSignal() {
  for (const int number : {SIGINT, SIGTERM, SIGPIPE}) std::signal(number, SIG_DFL);
}

const std::atomic<bool>* StopOnSignal::requested() const { return &stop_requested; }

void report_full_files() { std::signal(SIGXFSZ, SIG_IGN); }

}  // namespace millrace::cli
