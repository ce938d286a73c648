// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <unistd.h>

#include <csignal>

namespace millrace::cli {

namespace {

// A handler has no argument of ours: what it reaches is global.
std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may use no other atomics");

extern "C" void request_stop(int number) {
  constexpr int signal_exit_code = 128;  // as shells report a process that a signal ended
  if (stop_requested.exchange(true)) ::_exit(signal_exit_code + number);
}

bool is_ignored(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void handle_signals(bool hangup, int flags) {
  struct sigaction action {};
  action.sa_handler = request_stop;
  action.sa_flags = flags | SA_ONSTACK;  // kernels may use the stack register for something else (KernelThread)
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM}) ::sigaction(number, &action, nullptr);
  if (hangup) ::sigaction(SIGHUP, &action, nullptr);
}

}  // namespace

StopOnSignal::StopOnSignal() : takes_hangup_(!is_ignored(SIGHUP)) {
  stop_requested = false;
  handle_signals(takes_hangup_, 0);
  std::signal(SIGPIPE, SIG_IGN);
}

void StopOnSignal::restart_calls() { handle_signals(takes_hangup_, SA_RESTART); }

StopOnSignal::~StopOnSignal() {
  for (const int number : {SIGINT, SIGTERM, SIGPIPE}) std::signal(number, SIG_DFL);
  if (takes_hangup_) std::signal(SIGHUP, SIG_DFL);
}

const std::atomic<bool>* StopOnSignal::requested() const { return &stop_requested; }

void report_full_files() { std::signal(SIGXFSZ, SIG_IGN); }

}  // namespace millrace::cli
