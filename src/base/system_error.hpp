// SPDX-License-Identifier: Apache-2.0
//
// What a failed system call means for the user: what the machine ran out of, and what to do about it.
#pragma once

#include <string>

#include "base/fail.hpp"

namespace millrace {

/// The text of an errno: "No space left on device".
[[nodiscard]] std::string system_text(int code);

/// If the machine or a limit of the process refused a call on a file, what was expected instead: "fewer open files, or
/// a higher limit (ulimit -n)". Empty for every other error, which is about the file itself.
[[nodiscard]] std::string expected_of_machine(int code);

}  // namespace millrace
