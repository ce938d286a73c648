// SPDX-License-Identifier: Apache-2.0
#include "base/system_error.hpp"

#include <cerrno>
#include <system_error>

namespace millrace {

std::string system_text(int code) { return std::generic_category().message(code); }

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

}  // namespace millrace
