// SPDX-License-Identifier: Apache-2.0
#include "base/system_error.hpp"

#include <cerrno>
#include <system_error>

namespace millrace {

std::string system_text(int code) { return std::generic_category().message(code); }

namespace {

// Empty if the error is about the file.
std::string expected_of_machine(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "a folder with more free space";
    case EMFILE:
      return "fewer open files, or a higher limit (ulimit -n)";
    case ENFILE:
      return "fewer open files on this machine";
    case ENOMEM:
    case EAGAIN:
      return "more free memory, or a higher limit (ulimit -v)";
    case EFBIG:
      return "a higher limit on the size of files (ulimit -f)";
    case EIO:
      return "a disk without errors";
    default:
      return "";
  }
}

}  // namespace

std::string expected_of(int code, std::string_view of_file) {
  const std::string machine = expected_of_machine(code);
  return machine.empty() ? std::string(of_file) : machine;
}

ErrorKind kind_of_read_error(int code) {
  return expected_of_machine(code).empty() ? ErrorKind::data : ErrorKind::environment;
}

}  // namespace millrace
