// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.hpp"

#include <unistd.h>

#include <csignal>
#include <cstring>

#include "base/mapped_file.hpp"
#include "millrace/error.hpp"

namespace millrace::cli {

namespace {

// A handler has no argument of ours: what it reaches is global.
std::atomic<bool> stop_requested{false};
std::atomic<const std::vector<std::string>*> created_folders{nullptr};  // while a signal ends the process
std::atomic<int> files_in_writing{0};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may use no other atomics");

// A handler may call write(), but nothing that allocates.
void say(const char* text) { static_cast<void>(::write(STDERR_FILENO, text, std::strlen(text)) < 0); }

extern "C" void request_stop(int number) {
  constexpr int signal_exit_code = 128;  // as shells report a process that a signal ended
  if (stop_requested.exchange(true)) ::_exit(signal_exit_code + number);
  const std::vector<std::string>* const created = created_folders;
  if (created == nullptr || files_in_writing > 0) return;
  for (const std::string& folder : *created) ::rmdir(folder.c_str());
  say("[train] stopped before the first step, there is nothing to resume\n");
  ::_exit(exit_code(ErrorKind::interrupted));
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
  handle_signals(takes_hangup_, 0);
  std::signal(SIGPIPE, SIG_IGN);
}

void StopOnSignal::restart_calls() { handle_signals(takes_hangup_, SA_RESTART); }

StopOnSignal::~StopOnSignal() {
  for (const int number : {SIGINT, SIGTERM, SIGPIPE}) std::signal(number, SIG_DFL);
  if (takes_hangup_) std::signal(SIGHUP, SIG_DFL);
}

const std::atomic<bool>* StopOnSignal::requested() const { return &stop_requested; }

LoadingFiles::LoadingFiles(const std::vector<std::string>& created) { created_folders = &created; }

LoadingFiles::~LoadingFiles() { created_folders = nullptr; }

FileInWriting::FileInWriting() { ++files_in_writing; }

FileInWriting::~FileInWriting() { --files_in_writing; }

void report_full_files() { std::signal(SIGXFSZ, SIG_IGN); }

}  // namespace millrace::cli
