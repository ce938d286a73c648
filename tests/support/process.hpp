// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const ProcessResult result = run_process({program, "--help"});
//   Process training({program, "train", ...});
//   training.wait_for("epoch 3");
//   training.signal(SIGINT);
//   const ProcessResult result = training.finish();
//
// Runs a program as its users do: arguments in, exit code and two streams out.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::test {

struct ProcessResult {
  int code = -1;   ///< -1: ended by a signal
  int signal = 0;  ///< which
  std::string out, err;
};

struct ProcessOptions {
  std::string folder;                                              ///< working folder; empty: the caller's
  std::string out_file;                                            ///< what stdout goes to instead: "/dev/full"
  std::optional<int> terminal_columns;                             ///< stderr is a terminal this wide
  std::optional<std::uint64_t> file_bytes;                         ///< RLIMIT_FSIZE
  std::vector<std::pair<int, std::uint64_t>> limits{};             ///< RLIMIT_AS and others, soft and hard
  std::vector<std::pair<std::string, std::string>> environment{};  ///< variables to add
  std::optional<unsigned> user{};                                  ///< user to become, if the caller may
};

class Process {
 public:
  explicit Process(const std::vector<std::string>& words, const ProcessOptions& options = {});
  /// Kills the process unless it was finished.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Reads until `text` has appeared on stderr. Returns false if the process ended without it.
  bool wait_for(const std::string& text);
  void signal(int number) const;
  /// Reads to the end and waits. Throws std::runtime_error after a minute.
  ProcessResult finish();

 private:
  bool read_some();

  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
  ProcessResult result_;
};

[[nodiscard]] inline ProcessResult run_process(const std::vector<std::string>& words,
                                               const ProcessOptions& options = {}) {
  return Process(words, options).finish();
}

}  // namespace millrace::test
