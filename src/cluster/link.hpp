// SPDX-License-Identifier: Apache-2.0
//
// The network between processes: what the messages of a step cost on it.
#pragma once

#include <cstdint>
#include <vector>

#include "millrace/cluster.hpp"

namespace millrace {

struct Link {
  double gigabits = 0;           ///< a second, that a process sends while it receives as many
  double exchange = 60e-6;       ///< seconds of an exchange of short messages between all processes
  double byte = 0, message = 0;  ///< seconds that one thread works for each byte and each message, sent and received
  bool is_measured = false;
};

/// Links of 1, 10 and 100 gigabits a second, as the fastest network cards of their kind are, over TCP on this machine
/// (tcp_cost.hpp).
[[nodiscard]] std::vector<Link> usual_links();

/// Sends messages as steps with a gradient of `bytes` in `buckets` do, for some seconds. All ranks call it at once, and get
/// the figures of the slowest of them. Throws as Cluster::exchange().
[[nodiscard]] Link measure_link(Cluster& cluster, std::int64_t bytes, std::int64_t buckets);

}  // namespace millrace
