// SPDX-License-Identifier: Apache-2.0
#include "threads/background_job.hpp"

#include <exception>
#include <utility>

#include "threads/thread_limit.hpp"

namespace millrace {

BackgroundJob::~BackgroundJob() {
  if (thread_.joinable()) thread_.join();
}

void BackgroundJob::start(const std::function<void()>& job) {
  finish();
  const auto run = [this, job] {
    try {
      job();
    } catch (...) {
      error_ = std::current_exception();
    }
    running_ = false;
  };
  running_ = true;
  try {
    thread_ = detail::start_thread(run);
  } catch (const std::exception&) {  // the system allows no thread, or memory has run out
    run();
  }
}

void BackgroundJob::finish() {
  if (thread_.joinable()) thread_.join();
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

}  // namespace millrace
