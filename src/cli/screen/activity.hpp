// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const Activity activity(quiet, "reading data.csv");
//   const Table table = read_table("data.csv");
//
// Says on a terminal what the program does while it takes longer than half a second, and for how long. The line is gone
// when the work is done. A log and a quiet program get nothing.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/stopwatch.hpp"

namespace millrace::cli {

class Activity {
 public:
  Activity(bool quiet, std::string doing);
  ~Activity() { end(); }
  Activity(const Activity&) = delete;
  Activity& operator=(const Activity&) = delete;

  /// Erases the line, before the object's end.
  void end();

 private:
  void draw();

  std::string doing_;
  Stopwatch watch_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_ended_ = false;
  std::optional<std::thread> thread_;
};

/// The characters that erase the line of an activity, if one is shown; else none. Ahead of a message.
[[nodiscard]] const char* erased_activity() noexcept;

}  // namespace millrace::cli
