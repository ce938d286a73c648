// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   StopOnSignal stop;
//   const Dataset data = read(...);  // a signal ends the waiting for a pipe
//   stop.wait_no_more();
//   model.fit(data, {.stop = stop.requested()});
#pragma once

#include <atomic>

namespace millrace::cli {

/// While it lives, the first SIGINT or SIGTERM asks to stop and the second ends the process at once. A call that waits
/// for somebody else's pipe ends with the first one too, until wait_no_more(). A log whose reader has gone (SIGPIPE)
/// ends nothing.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  /// Calls go on behind a signal from now on: what is written then is not cut off.
  void wait_no_more();
  [[nodiscard]] const std::atomic<bool>* requested() const;
};

/// Makes writing past the limit on the size of files an error of the write, as a full disk is, instead of the end.
void report_full_files();

}  // namespace millrace::cli
