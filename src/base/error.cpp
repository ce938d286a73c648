// SPDX-License-Identifier: Apache-2.0
#include "millrace/error.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace millrace {

void fail(ErrorKind kind, std::string_view who, std::string_view text) {
  std::string whole = "[" + std::string(who) + "] " + std::string(text);
  std::replace(whole.begin(), whole.end(), '\0', ' ');  // what() would end there
  throw Error(kind, whole);
}

int exit_code(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::data:
      return 3;
    case ErrorKind::non_finite:
      return 4;
    case ErrorKind::mismatch:
      return 5;
    case ErrorKind::interrupted:
      return 6;
    case ErrorKind::environment:
      return 7;
    case ErrorKind::internal:
      return 1;
  }
  return 1;
}

}  // namespace millrace
