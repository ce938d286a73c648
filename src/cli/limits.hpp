// SPDX-License-Identifier: Apache-2.0
//
// What the process needs of its surroundings before it runs a command. From the start of the process on, an exception
// that cannot be handled ends it with a message and an exit code: most likely there is no memory left to handle it.
#pragma once

namespace millrace::cli {

/// Raises the soft limit of the stack if it is too small. Throws Error{environment} if the hard limit (ulimit -Hs) is.
void require_stack();

/// Says that a library has ended the program, and ends the process at once with exit code 7.
[[noreturn]] void end_for_library() noexcept;

/// Says that there is no memory left and ends the process at once: what libraries do at its end may need memory.
[[noreturn]] void end_without_memory() noexcept;

}  // namespace millrace::cli
