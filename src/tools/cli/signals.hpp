// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const StopOnSignal stop;
//   model.fit(data, {.stop = stop.requested()});
#pragma once

#include <atomic>

namespace millrace::cli {

/// While it lives, the first SIGINT or SIGTERM asks to stop and the second ends the process at once. A log whose reader
/// has gone (SIGPIPE) ends nothing.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  [[nodiscard]] const std::atomic<bool>* requested() const;
};

/// Makes writing past the limit on the size of files an error of the write, as a full disk is, instead of the end.
void report_full_files();

}  // namespace millrace::cli
