// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/console.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "base/utf8.hpp"
#include "millrace/error.hpp"

namespace millrace::cli {

namespace {

[[noreturn]] void refuse_output() {
  fail(ErrorKind::environment, "millrace",
       "results cannot be written to stdout: " + std::generic_category().message(errno) +
           ", expected a reader or a disk with free space");
}

// Names, values and bytes of files stand in messages as they are, and may hold what a terminal obeys, or more than
// anybody reads.
std::string one_line(std::string_view text) {
  constexpr std::size_t longest = 2000, begin = 1200;
  std::string line(text);
  if (text.size() > longest) {
    std::size_t first = begin, second = text.size() - (longest - begin);
    while (first > 0 && is_within_character(text[first])) --first;
    while (second < text.size() && is_within_character(text[second])) ++second;
    line = std::string(text.substr(0, first)) + " ... " + std::string(text.substr(second));
  }
  const bool readable = is_utf8(line);
  for (char& c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == 0x7F) c = ' ';
    if (byte > 0x7F && !readable) c = '?';
  }
  return line;
}

}  // namespace

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) refuse_output();
}

void finish_printing() {
  if (std::fflush(stdout) != 0) refuse_output();
}

void note(std::string_view line) {
  const std::string whole = one_line(line) + "\n";
  // Nobody is left to tell where this fails.
  static_cast<void>(std::fwrite(whole.data(), 1, whole.size(), stderr));
}

}  // namespace millrace::cli
