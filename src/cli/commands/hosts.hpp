// SPDX-License-Identifier: Apache-2.0
//
// --hosts a,b: the command starts mpirun, which starts the command.
#pragma once

#include "cli/settings/settings.hpp"

namespace millrace::cli {

/// With --hosts, replaces this process by mpirun, which starts it with the same other words on these hosts. Does nothing
/// without --hosts, and in a process that mpirun has started: that one calls refuse_hosts() when it can speak for all.
/// Throws Error: usage (no names of hosts), environment (no mpirun, or no module for it).
void start_on_hosts(const Settings& settings);
/// Throws Error{usage} if --hosts is set.
void refuse_hosts(const Settings& settings);

}  // namespace millrace::cli
