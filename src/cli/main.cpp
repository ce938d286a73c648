// SPDX-License-Identifier: Apache-2.0
//
// The program: a command, and what went wrong as exit code and a line on stderr.
#include <malloc.h>

#include <array>
#include <new>

#include "cli/screen/console.hpp"
#include "cli/settings/command_line.hpp"
#include "cli/signals.hpp"

namespace {

void run(const std::vector<std::string>& words) {
  using namespace millrace::cli;
  const std::array commands{train_command(),  evaluate_command(), predict_command(),
                            export_command(), inspect_command(),  schema_command()};
  const CommandLine line = read_command_line(words, commands);
  if (line.command != nullptr)
    line.command->run(line.settings);
  else
    print(line.text);
  finish_printing();
}

}  // namespace

int main(int argc, char** argv) {
  using millrace::Error, millrace::ErrorKind, millrace::exit_code, millrace::cli::note;
  millrace::cli::report_full_files();
  // Large memory goes back to the system when it is freed. Left to itself, the limit grows to the size of what was
  // freed, and a process that has trained keeps all it ever needed.
  constexpr int large = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, large);
  try {
    run({argv + 1, argv + argc});
    return 0;
  } catch (const Error& error) {
    note(error.what());
    return exit_code(error.kind());
  } catch (const std::bad_alloc&) {
    note("[millrace] more memory is needed than there is, expected a smaller model, batch or table");
    return exit_code(ErrorKind::environment);
  } catch (const std::exception& error) {
    note(std::string("[millrace] this should not have happened: ") + error.what() +
         ", expected a bug report with the command");
    return exit_code(ErrorKind::internal);
  }
}
