// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <span>
#include <string_view>

#include "base/file_calls.hpp"
#include "cli/screen/streams.hpp"

namespace millrace::cli {

namespace {

int descriptor(Stream stream) { return stream == Stream::out ? ::fileno(results()) : STDERR_FILENO; }

}  // namespace

bool is_terminal(Stream stream) { return ::isatty(descriptor(stream)) == 1; }

bool is_screen(Stream stream) {
  // Services that build and test give a terminal, too, but keep what is written as a log.
  if (const char* const service = std::getenv("CI"); service != nullptr && *service != '\0') return false;
  const char* const terminal = std::getenv("TERM");
  return is_terminal(stream) && terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::size_t terminal_width(Stream stream, std::size_t fallback) {
  winsize size{};
  if (::ioctl(descriptor(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return fallback;
  return size.ws_col;
}

void write_to_screen(std::string_view text) {
  static_cast<void>(detail::write_all(STDERR_FILENO, std::as_bytes(std::span(text))));
}

}  // namespace millrace::cli
