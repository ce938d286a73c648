// SPDX-License-Identifier: Apache-2.0
//
// Asks the system for threads before oneTBB does. oneTBB starts its threads from one another, and ends the process if
// one of them cannot start.
#pragma once

#include <functional>
#include <thread>

namespace millrace {

/// Throws Error{environment}, with the number that is possible, unless the system allows `workers` threads, the calling
/// one included. Starts and ends the threads that no earlier call has tried.
void require_threads(int workers);

namespace detail {

/// Starts a thread, or throws std::system_error or std::bad_alloc. Only tests assign to it.
extern std::thread (*start_thread)(const std::function<void()>& body);

}  // namespace detail

}  // namespace millrace
