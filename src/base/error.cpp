// SPDX-License-Identifier: Apache-2.0
#include "millrace/error.hpp"

namespace millrace {

void fail(ErrorKind kind, std::string_view who, std::string_view text) {
  throw Error(kind, "[" + std::string(who) + "] " + std::string(text));
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
  }
  return 2;
}

}  // namespace millrace
