// SPDX-License-Identifier: Apache-2.0
#include "cli/limits.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "base/fail.hpp"
#include "cli/screen/console.hpp"
#include "millrace/error.hpp"

namespace millrace::cli {

namespace {

constexpr rlim_t usual_stack = 8 << 20, smallest_stack = 1 << 20;

std::atomic<bool> ending{false};

// If several threads fail at once, only the first one reports.
[[noreturn]] void end_with(ErrorKind kind, std::string_view line) noexcept {
  while (ending.exchange(true)) ::pause();
  note_literal(line);
  ::_exit(exit_code(kind));
}

[[noreturn]] void end_unhandled() noexcept {
  try {
    if (const std::exception_ptr failure = std::current_exception()) std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {
    end_without_memory();
  } catch (const Error& error) {
    end_with(error.kind(), error.what());
  } catch (const std::exception& error) {
    // oneTBB starts its threads from one another, where nobody can catch this.
    if (std::string_view(error.what()).find("pthread_create") != std::string_view::npos)
      end_with(
          ErrorKind::environment,
          "[threads] the system refused a thread, expected fewer threads, or a higher limit (ulimit -u, ulimit -v)");
    end_with(ErrorKind::internal, error.what());
  } catch (...) {
    end_with(ErrorKind::internal, "[millrace] internal error, expected none: please report the command");
  }
  // Without an exception: there was no memory for one.
  end_without_memory();
}

void report_ends(int, char**, char**) { std::set_terminate(end_unhandled); }

// Before the libraries initialise themselves, which needs memory too.
__attribute__((section(".preinit_array"), used)) void (*report_from_the_start)(int, char**, char**) = report_ends;

}  // namespace

void end_for_library() noexcept {
  end_with(ErrorKind::environment,
           "[millrace] a library ended the program, which most likely had no memory left, expected a smaller model, "
           "batch or table, fewer threads, or a higher limit (ulimit -v)");
}

void end_without_memory() noexcept { end_with(ErrorKind::environment, out_of_memory); }

void require_stack() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= usual_stack)
    return;
  // The stack of the first thread grows up to the limit of the moment.
  limit.rlim_cur = std::min(limit.rlim_max, usual_stack);
  if (limit.rlim_cur < smallest_stack)
    fail(ErrorKind::environment, "millrace",
         "the stack may grow to " + std::to_string(limit.rlim_cur >> 10) + " KiB (ulimit -s), expected " +
             std::to_string(smallest_stack >> 10) + " or more");
  static_cast<void>(::setrlimit(RLIMIT_STACK, &limit));
}

}  // namespace millrace::cli
