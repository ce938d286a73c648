// SPDX-License-Identifier: Apache-2.0
//
// What the process needs of its surroundings before it runs a command. From the start of the process on, an exception
// that cannot be handled ends it with a message and an exit code: most likely there is no memory left to handle it.
#pragma once

namespace millrace::cli {

/// Raises the soft limit of the stack if it is too small. Throws Error{environment} if the hard limit (ulimit -Hs) is.
void require_stack();

/// Lives in main. Until it is destroyed, an end of the process by a library has a message and exit code 7: libgomp and
/// libgfortran end it when they have no memory, by exit(1), from any thread, while the threads of oneTBB run on.
class ReportedEnd {
 public:
  ReportedEnd();
  ReportedEnd(const ReportedEnd&) = delete;
  ReportedEnd& operator=(const ReportedEnd&) = delete;
  ~ReportedEnd();
};

/// Says that there is no memory left and ends the process at once: what libraries do at its end may need memory.
[[noreturn]] void end_without_memory() noexcept;

}  // namespace millrace::cli
