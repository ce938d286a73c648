// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <unistd.h>

#include <csignal>
#include <cstring>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "base/mapped_file.hpp"
#include "millrace/error.hpp"

namespace millrace::cli {

namespace {

// A handler has no argument of ours: what it reaches is global.
std::atomic<bool> stop_requested{false};
std::atomic<const NothingToLose*> nothing_to_lose{nullptr};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may use no other atomics");

// A handler may call write(), but nothing that allocates.
void say(const char* text) { static_cast<void>(::write(STDERR_FILENO, text, std::strlen(text)) < 0); }

extern "C" void request_stop(int number) {
  constexpr int signal_exit_code = 128;  // as shells report a process that a signal ended
  if (stop_requested.exchange(true)) {
    remove_temporary_files();
    ::_exit(signal_exit_code + number);
  }
  const NothingToLose* const ending = nothing_to_lose;
  if (ending != nullptr) ending->end_process();
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

void handle_all(void (*handler)(int), bool hangup, int flags) {
  for (const int number : {SIGINT, SIGTERM}) handle(number, handler, flags);
  if (hangup) handle(SIGHUP, handler, flags);
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

StopOnSignal::StopOnSignal() : takes_hangup_(!is_ignored(SIGHUP)) {
  stop_requested = false;
  handle_all(request_stop, takes_hangup_, 0);
  std::signal(SIGPIPE, SIG_IGN);
}

void StopOnSignal::restart_calls() { handle_all(request_stop, takes_hangup_, SA_RESTART); }

StopOnSignal::~StopOnSignal() {
  handle_all(end_without_files, takes_hangup_, 0);
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
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    if (!is_ignored(number)) handle(number, end_without_files, 0);
}

void report_full_files() { std::signal(SIGXFSZ, SIG_IGN); }

}  // namespace millrace::cli
