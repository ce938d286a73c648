// SPDX-License-Identifier: Apache-2.0
#include "threads/thread_limit.hpp"

#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include "base/fail.hpp"

namespace millrace {

std::thread (*detail::start_thread)(const std::function<void()>& body) = [](const std::function<void()>& body) {
  return std::thread(body);
};

namespace {

// Starts up to `wanted` threads that are all there at once, and ends them. Returns how many the system allowed.
int startable_threads(int wanted) {
  std::mutex hold;
  std::unique_lock lock(hold);
  std::vector<std::thread> threads;
  threads.reserve(wanted);
  try {
    while (std::ssize(threads) < wanted)
      threads.push_back(detail::start_thread([&] { const std::lock_guard released(hold); }));
  } catch (const std::exception&) {  // a limit of processes or of memory, or no memory left
  }
  lock.unlock();
  for (std::thread& thread : threads) thread.join();
  return static_cast<int>(threads.size());
}

}  // namespace

void require_threads(int workers) {
  static std::mutex mutex;
  static int tried = 1;  // the calling thread
  const std::lock_guard lock(mutex);
  if (workers <= tried) return;
  const int missing = workers - tried, startable = startable_threads(missing);
  if (startable < missing) {
    const std::string possible = std::to_string(tried + startable);
    fail(ErrorKind::environment, "threads",
         "the system allows " + possible + " of " + std::to_string(workers) + " threads, expected threads=" + possible +
             ", or a higher limit of processes (ulimit -u) or of memory (ulimit -v)");
  }
  tried = workers;
}

}  // namespace millrace
