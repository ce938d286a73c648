// SPDX-License-Identifier: Apache-2.0
//
// The program: runs a command, and reports a failure as one line on stderr and an exit code.
#include <dlfcn.h>
#include <malloc.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>

#include "cli/commands/table.hpp"
#include "cli/limits.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/streams.hpp"
#include "cli/settings/command_line.hpp"
#include "cli/signals.hpp"

namespace {

std::atomic<bool> main_returned{false};

void run(const std::vector<std::string>& words) {
  using namespace millrace::cli;
  const CommandLine line = read_command_line(words, command_table());
  if (line.command != nullptr)
    line.command->run(line.settings);
  else
    print(line.text);
  finish_printing();
}

}  // namespace

// In the place of the C library's exit(), also for libraries. libgomp and libgfortran call it when they have no memory, from
// any thread, and the C library's destroys what other threads still use. MPI_Abort calls it while one of our errors leaves
// main: that end has its own message and exit code.
extern "C" void exit(int code) noexcept {
  if (code == EXIT_FAILURE && !main_returned && std::uncaught_exceptions() == 0) millrace::cli::end_for_library();
  static const auto end = reinterpret_cast<void (*)(int)>(::dlsym(RTLD_NEXT, "exit"));
  end(code);
  std::abort();
}

int main(int argc, char** argv) {
  using millrace::Error, millrace::ErrorKind, millrace::exit_code;
  using millrace::cli::note;
  millrace::cli::claim_streams();
  // From its end on, exit() is the usual one.
  struct Main {
    ~Main() { main_returned = true; }
  } const whole;
  millrace::cli::leave_no_files();
  millrace::cli::report_full_files();
  millrace::cli::report_lost_pages();
  // Return large blocks to the system when they are freed. By default the threshold rises to the size of the blocks
  // freed so far, and a process that has trained keeps the most memory it ever needed.
  constexpr int large = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, large);
  // Freed before a failure is reported, because a report needs memory too.
  auto reserve = std::make_unique<std::array<char, 1 << 16>>();
  try {
    millrace::cli::require_stack();
    run({argv + 1, argv + argc});
    return 0;
  } catch (const Error& error) {
    reserve.reset();
    note(error.what());
    return exit_code(error.kind());
  } catch (const std::bad_alloc&) {
    millrace::cli::end_without_memory();
  } catch (const std::exception& error) {
    reserve.reset();
    note(std::string("[millrace] internal error: ") + error.what() + ", expected none: please report the command");
    return exit_code(ErrorKind::internal);
  }
}
