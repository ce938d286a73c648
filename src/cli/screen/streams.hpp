// SPDX-License-Identifier: Apache-2.0
//
// The three streams that a process begins with.
#pragma once

#include <cstdio>

namespace millrace::cli {

/// Call it first. Opens a descriptor from 0 to 2 that is closed, so that no file of the program gets its number, into
/// which libraries and messages would then write. Keeps stdout for results: what libraries print there goes to stderr
/// (oneDNN with ONEDNN_VERBOSE).
void claim_streams() noexcept;

/// Makes the stdout of this process what results() is again: for a program that takes its place (exec).
void give_back_stdout() noexcept;

/// The stream for results: stdout as the process began.
[[nodiscard]] std::FILE* results() noexcept;

}  // namespace millrace::cli
