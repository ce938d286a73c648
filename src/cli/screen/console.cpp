// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/console.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "base/fail.hpp"
#include "base/utf8.hpp"
#include "cli/screen/activity.hpp"
#include "cli/screen/printable.hpp"
#include "cli/screen/streams.hpp"
#include "cli/screen/terminal.hpp"

namespace millrace::cli {

namespace {

bool silent = false;

[[noreturn]] void refuse_output() {
  fail(ErrorKind::environment, "millrace",
       "results cannot be written to stdout: " + std::generic_category().message(errno) +
           ", expected a reader or a disk with free space");
}

// Messages quote what users and files say, which may be longer than anybody reads.
std::string shortened(std::string_view text) {
  constexpr std::size_t longest = 2000, kept_at_begin = 1200;
  if (text.size() <= longest) return std::string(text);
  std::size_t first = kept_at_begin, second = text.size() - (longest - kept_at_begin);
  while (first > 0 && is_within_character(text[first])) --first;
  while (second < text.size() && is_within_character(text[second])) ++second;
  return std::string(text.substr(0, first)) + " ... " + std::string(text.substr(second));
}

void write_out(std::string_view bytes) {
  if (silent) return;
  if (std::fwrite(bytes.data(), 1, bytes.size(), results()) != bytes.size()) refuse_output();
}

}  // namespace

void silence(bool on) noexcept { silent = on; }

void print(std::string_view text) { write_out(printable(text)); }

void print_data(std::string_view bytes) {
  if (is_terminal(Stream::out))
    print(bytes);
  else
    write_out(bytes);
}

void finish_printing() {
  if (std::fflush(results()) != 0) refuse_output();
}

void note(std::string_view message) {
  if (silent) return;
  const std::string line = erased_activity() + printable_line(shortened(message)) + "\n";
  // A failure to write to stderr cannot be reported anywhere.
  static_cast<void>(std::fwrite(line.data(), 1, line.size(), stderr));
}

void note_literal(std::string_view line) noexcept {
  if (silent) return;
  static_cast<void>(::write(STDERR_FILENO, line.data(), line.size()) + ::write(STDERR_FILENO, "\n", 1));
}

}  // namespace millrace::cli
