// SPDX-License-Identifier: Apache-2.0
//
// One job at a time beside the caller's own work:
//   BackgroundJob job;
//   job.start([bytes] { write(bytes); });
//   ...
//   job.finish();      // throws what the job threw
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <thread>

namespace millrace {

class BackgroundJob {
 public:
  BackgroundJob() = default;
  /// Waits for the job; an error that nobody asked for is lost.
  ~BackgroundJob();
  BackgroundJob(const BackgroundJob&) = delete;
  BackgroundJob& operator=(const BackgroundJob&) = delete;

  /// Finishes the job before it, then runs `job` on a thread of its own; in this one, if no thread can
  /// start. Throws what the job before it threw.
  void start(const std::function<void()>& job);
  /// Waits for the job, and throws what it threw.
  void finish();
  [[nodiscard]] bool running() const { return running_; }

 private:
  std::thread thread_;
  std::exception_ptr error_;
  std::atomic<bool> running_{false};
};

}  // namespace millrace
