// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "base/mapped_file.hpp"
#include "millrace/error.hpp"

namespace millrace::cli {

namespace {

// A handler has no argument of ours: what it reaches is global.
std::atomic<bool> stop_requested{false}, end_requested{false};
std::atomic<const NothingToLose*> nothing_to_lose{nullptr};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may use no other atomics");

// A handler may call write(), but nothing that allocates.
void say(const char* text) { static_cast<void>(::write(STDERR_FILENO, text, std::strlen(text)) < 0); }

// Slurm (--signal), LSF and Grid Engine send SIGUSR1 or SIGUSR2, as the user asks, before the time of a job is up. The system
// sends SIGXCPU at the soft limit of processor time (ulimit -t), and then every second until the hard one.
bool announces(int number) { return number == SIGUSR1 || number == SIGUSR2 || number == SIGXCPU; }

extern "C" void request_stop(int number) {
  constexpr int signal_exit_code = 128;  // as shells report a process that a signal ended
  if (!announces(number) && end_requested.exchange(true)) {
    remove_temporary_files();
    ::_exit(signal_exit_code + number);
  }
  stop_requested = true;
  const NothingToLose* const nothing = nothing_to_lose;
  if (nothing != nullptr) nothing->end_process();
}

// Ends the process as the signal does without a handler.
extern "C" void end_without_files(int number) {
  remove_temporary_files();
  std::signal(number, SIG_DFL);
  ::raise(number);
}

bool is_ignored(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void handle(int number, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags | SA_ONSTACK;  // kernels may use the stack register for something else (KernelThread)
  sigemptyset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

void handle_all(const std::vector<int>& numbers, void (*handler)(int), int flags) {
  for (const int number : numbers) handle(number, handler, flags);
}

std::vector<int> not_ignored(std::initializer_list<int> numbers) {
  std::vector<int> taken;
  std::copy_if(numbers.begin(), numbers.end(), std::back_inserter(taken),
               [](int number) { return !is_ignored(number); });
  return taken;
}

extern "C" void end_for_lost_pages(int number, siginfo_t* information, void* /*context*/) {
  const char* const path = path_mapped_at(information->si_addr);
  if (path == nullptr) {  // not one of our files: end as if there were no handler
    std::signal(number, SIG_DFL);
    ::raise(number);
    return;
  }
  say("[millrace] ");
  for (const char* c = path; *c != '\0'; ++c) {
    const bool plain = *c >= ' ' && *c != '\x7F' && static_cast<unsigned char>(*c) < 0x80;
    static_cast<void>(::write(STDERR_FILENO, plain ? c : "?", 1) < 0);
  }
  say(" became shorter, or its disk failed, while it was read, expected a file that nobody changes\n");
  ::_exit(exit_code(ErrorKind::data));
}

}  // namespace

void report_lost_pages() {
  struct sigaction action {};
  action.sa_sigaction = end_for_lost_pages;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, nullptr);
}

// A shell without job control starts background processes with SIGINT ignored, and a run must stop all the same.
StopOnSignal::StopOnSignal() : numbers_(not_ignored({SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU})) {
  numbers_.insert(numbers_.end(), {SIGINT, SIGTERM});
  stop_requested = end_requested = false;
  handle_all(numbers_, request_stop, 0);
  std::signal(SIGPIPE, SIG_IGN);
}

void StopOnSignal::restart_calls() { handle_all(numbers_, request_stop, SA_RESTART); }

StopOnSignal::~StopOnSignal() {
  handle_all(numbers_, end_without_files, 0);
  std::signal(SIGPIPE, SIG_DFL);
}

const std::atomic<bool>* StopOnSignal::requested() const { return &stop_requested; }

NothingToLose::NothingToLose(std::string sentence, std::vector<std::string> created)
    : message_("[train] " + sentence + "\n"), created_(std::move(created)) {
  nothing_to_lose = this;
  if (!stop_requested) return;
  nothing_to_lose = nullptr;
  fail(ErrorKind::interrupted, "train", std::move(sentence));
}

NothingToLose::~NothingToLose() { nothing_to_lose = nullptr; }

void NothingToLose::end_process() const {
  remove_temporary_files();
  for (const std::string& folder : created_) ::rmdir(folder.c_str());
  say(message_.c_str());
  ::_exit(exit_code(ErrorKind::interrupted));
}

void leave_no_files() {
  handle_all(not_ignored({SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU}), end_without_files, 0);
}

void report_full_files() { std::signal(SIGXFSZ, SIG_IGN); }

}  // namespace millrace::cli
