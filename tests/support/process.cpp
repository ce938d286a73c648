// SPDX-License-Identifier: Apache-2.0
#include "support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>

namespace millrace::test {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{60};

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error("[process] " + what); }

struct Ends {
  int read = -1, write = -1;
};

Ends make_pipe() {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) give_up("no pipe");
  return {ends[0], ends[1]};
}

Ends make_terminal(int columns) {
  Ends ends;
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = 24;
  if (::openpty(&ends.read, &ends.write, nullptr, nullptr, &size) != 0) give_up("no terminal");
  for (const int end : {ends.read, ends.write}) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  return ends;
}

// Runs in the child, between fork and exec. Ends it with 127 if something fails.
[[noreturn]] void become(const std::vector<std::string>& words, const ProcessOptions& options, int out, int err) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (options.file_bytes) {
    const rlimit limit{*options.file_bytes, *options.file_bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("CI");  // this test may run where it is set
  for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(127);
  if (!options.out_file.empty()) out = ::open(options.out_file.c_str(), O_WRONLY);
  // The test runner may ignore signals that the program must not ignore.
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(number, SIG_DFL);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (options.user && ::geteuid() == 0 && ::setuid(*options.user) != 0) ::_exit(127);
  for (const auto& [resource, value] : options.limits) {
    const rlimit limit{value, value};
    ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
  }
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

// Reads what is available. Returns false at the end; a terminal without writers ends with EIO.
bool take(int descriptor, std::string& into) {
  std::array<char, 65536> bytes;
  const ssize_t got = ::read(descriptor, bytes.data(), bytes.size());
  if (got > 0) into.append(bytes.data(), got);
  return got > 0 || (got < 0 && errno == EINTR);
}

}  // namespace

Process::Process(const std::vector<std::string>& words, const ProcessOptions& options) {
  const Ends out = make_pipe(), err = options.terminal_columns ? make_terminal(*options.terminal_columns) : make_pipe();
  out_ = out.read;
  err_ = err.read;
  pid_ = ::fork();
  if (pid_ < 0) give_up("no fork");
  if (pid_ == 0) become(words, options, out.write, err.write);
  ::close(out.write);
  ::close(err.write);
}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (const int end : {out_, err_}) {
    if (end >= 0) ::close(end);
  }
}

bool Process::read_some() {
  std::array<pollfd, 2> ends{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  const int ready = ::poll(ends.data(), ends.size(), static_cast<int>(std::chrono::milliseconds(patience).count()));
  if (ready < 0 && errno == EINTR) return true;
  if (ready <= 0)
    give_up("nothing was heard of process " + std::to_string(pid_) + " for a minute; it said: " + result_.err);
  const auto close_at_end = [](const pollfd& end, int& descriptor, std::string& into) {
    if (end.revents == 0 || take(descriptor, into)) return;
    ::close(descriptor);
    descriptor = -1;
  };
  close_at_end(ends[0], out_, result_.out);
  close_at_end(ends[1], err_, result_.err);
  return out_ >= 0 || err_ >= 0;
}

bool Process::wait_for(const std::string& text) {
  while (result_.err.find(text) == std::string::npos) {
    if (!read_some()) return false;
  }
  return true;
}

void Process::signal(int number) const { ::kill(pid_, number); }

ProcessResult Process::finish() {
  const Clock::time_point end = Clock::now() + patience;
  while (read_some()) {
    if (Clock::now() > end) give_up("the process did not end within a minute");
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFEXITED(status)) result_.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
  return result_;
}

}  // namespace millrace::test
