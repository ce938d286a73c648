// SPDX-License-Identifier: Apache-2.0
//
// What a failed system call means for the user: what the machine ran out of, and what to do about it.
#pragma once

#include <string>
#include <string_view>

#include "base/fail.hpp"

namespace millrace {

/// The text of an errno: "No space left on device".
[[nodiscard]] std::string system_text(int code);

/// What was expected of a call on a file that failed: "fewer open files, or a higher limit (ulimit -n)" if the machine or
/// a limit of the process refused it; `of_file` for every other error, which is about the file itself.
[[nodiscard]] std::string expected_of(int code, std::string_view of_file);
/// The kind of an error of a file that is read: environment if the machine refused, else data.
[[nodiscard]] ErrorKind kind_of_read_error(int code);

}  // namespace millrace
