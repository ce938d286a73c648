// SPDX-License-Identifier: Apache-2.0
//
// The door to oneTBB: threads, from its pool, for as long as a function runs.
#pragma once

#include <functional>
#include <string>

namespace millrace {

struct Tasks {
  std::function<void()> leader;          ///< runs on the calling thread
  std::function<void(int)> worker;       ///< runs with each number in [1, workers), as a oneTBB task
  std::function<void()> leader_is_done;  ///< however it ended: makes the workers return, and late ones at once
};

/// Returns, or throws what the leader threw, when all have ended.
void run_tasks(int workers, const Tasks& tasks);

[[nodiscard]] std::string tasks_library();  ///< "oneTBB 2021.8"

}  // namespace millrace
