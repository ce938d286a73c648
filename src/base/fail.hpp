// SPDX-License-Identifier: Apache-2.0
//
// How the library and the program report errors.
//
//   fail(ErrorKind::usage, "dense", "units is 0, expected 1 or more");
#pragma once

#include <string_view>

#include "millrace/error.hpp"

namespace millrace {

/// Throws Error{kind, "[who] text"}.
[[noreturn]] void fail(ErrorKind kind, std::string_view who, std::string_view text);

}  // namespace millrace
