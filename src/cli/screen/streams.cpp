// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace millrace::cli {

namespace {

std::FILE* kept = nullptr;

// What is written to a stdout that was closed still fails, and so is reported.
void open_if_closed(int stream) {
  if (::fcntl(stream, F_GETFD) != -1) return;
  // The lowest number that is free, which is this one.
  static_cast<void>(::open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY));
}

}  // namespace

void claim_streams() noexcept {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) open_if_closed(stream);
  constexpr int first = 3;
  const int copy = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, first);
  if (copy == -1) return;  // no descriptor is left: stdout itself has to do
  kept = ::fdopen(copy, "w");
  if (kept == nullptr)
    ::close(copy);
  else
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
}

void give_back_stdout() noexcept { ::dup2(::fileno(results()), STDOUT_FILENO); }

std::FILE* results() noexcept { return kept != nullptr ? kept : stdout; }

}  // namespace millrace::cli
