// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/console.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "millrace/error.hpp"

namespace millrace::cli {

namespace {

[[noreturn]] void refuse_output() {
  fail(ErrorKind::usage, "millrace",
       "results cannot be written to stdout: " + std::generic_category().message(errno) +
           ", expected a reader or a disk with free space");
}

}  // namespace

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) refuse_output();
}

void finish_printing() {
  if (std::fflush(stdout) != 0) refuse_output();
}

void note(std::string_view line) {
  const std::string whole = std::string(line) + "\n";
  // Nobody is left to tell where this fails.
  static_cast<void>(std::fwrite(whole.data(), 1, whole.size(), stderr));
}

}  // namespace millrace::cli
