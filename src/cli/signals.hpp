// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   StopOnSignal stop;
//   std::optional<NothingToLose> loading("stopped before the first step, ...", created);
//   const Dataset data = read(...);  // a signal ends the process
//   loading.reset();
//   stop.restart_calls();
//   model.fit(data, {.stop = stop.requested()});
#pragma once

#include <atomic>
#include <string>
#include <vector>

namespace millrace::cli {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP asks the run to stop, and the second ends the process at once
/// with the exit code 128 + its number. SIGUSR1, SIGUSR2 and SIGXCPU, which announce that a limit of time is near, ask
/// the same but never end the process at once: they may come every second, and ahead of the SIGTERM at the limit. All but
/// SIGINT and SIGTERM stay ignored where they were (nohup). SIGPIPE is ignored: a run goes on when the reader of its log
/// has gone.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  /// From now on system calls continue after a signal, so that no write is cut off. Before, a signal ends a call that
  /// waits for the other end of a pipe.
  void restart_calls();
  [[nodiscard]] const std::atomic<bool>* requested() const;

 private:
  std::vector<int> numbers_;  // of the signals that it takes
};

/// While it lives, the first signal ends the process, too: before the first step, and after the last one is saved. It ends
/// with exit code 6, this sentence, and without those of the folders `created` that are empty. There is one at a time.
class NothingToLose {
 public:
  /// Throws Error{interrupted} with the sentence if a signal has come before.
  explicit NothingToLose(std::string sentence, std::vector<std::string> created = {});
  ~NothingToLose();
  NothingToLose(const NothingToLose&) = delete;
  NothingToLose& operator=(const NothingToLose&) = delete;

  /// For the signal handler.
  void end_process() const;

 private:
  std::string message_;
  std::vector<std::string> created_;
};

/// From now on a process that one of these signals ends removes the temporary files that it has begun. Signals that are
/// ignored stay so.
void leave_no_files();

/// Ends the process with exit code 3 and a message that names the file if a mapped file loses pages that are being read.
void report_lost_pages();

/// Makes a write beyond the limit on the size of files fail as it does on a full disk, instead of ending the process.
void report_full_files();

}  // namespace millrace::cli
