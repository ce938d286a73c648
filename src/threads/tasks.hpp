// SPDX-License-Identifier: Apache-2.0
//
// The only file that knows oneTBB: its threads serve a run for as long as one function lasts.
#pragma once

#include <functional>
#include <string>

namespace millrace {

struct Tasks {
  std::function<void()> leader;          ///< runs on the calling thread
  std::function<void(int)> worker;       ///< runs once with each number in [1, workers), as a oneTBB task
  std::function<void()> leader_is_done;  ///< called when the leader returns or throws: makes all workers return
};

/// Returns when all have ended, or throws what the leader threw. Throws Error{environment} if the system does not allow
/// as many threads.
void run_tasks(int workers, const Tasks& tasks);

[[nodiscard]] std::string tasks_library();  ///< "oneTBB 2021.8"

}  // namespace millrace
