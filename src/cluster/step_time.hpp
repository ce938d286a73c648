// SPDX-License-Identifier: Apache-2.0
//
// A model of a step of several processes: what it takes by what was measured in one process and on the network. It follows
// SlicedStep and GradientSum bucket by bucket, so messages that travel while gradients are computed take no time of their
// own, but for the work of the processor that sends and receives them.
#pragma once

#include <cstdint>

#include "cluster/link.hpp"
#include "millrace/training.hpp"

namespace millrace {

/// The parts of a step, in seconds, and what its messages depend on.
struct StepParts {
  double rows = 0;           ///< forward and backward, of all rows: processes divide them among themselves
  double gradients = 0;      ///< of the weights, after that, likewise
  double update = 0;         ///< of all weights, which every process makes
  double pass = 0;           ///< reading or writing a gradient once, as when two are added in three passes
  std::int64_t bytes = 0;    ///< of a gradient on the wire
  std::int64_t buckets = 1;  ///< in which it travels
  int workers = 1;

  /// Of one process, whose batches are whole.
  [[nodiscard]] double of_one_process() const { return rows + gradients + update; }
};

struct StepTime {
  double seconds = 0;
  double waiting = 0;  ///< of them, in which a process waits for messages
};

/// From the profile of `trial`, a run of one process in two slices or more.
[[nodiscard]] StepParts step_parts(const History& history, std::int64_t parameters, const FitOptions& trial);

/// processes: two or more.
[[nodiscard]] StepTime step_time(const StepParts& parts, const Link& link, std::int64_t processes);

/// Each part as the rank measured it where it takes longest, the same for all ranks, which call it at once. Throws as
/// Cluster::exchange().
[[nodiscard]] StepParts slowest_parts(Cluster& cluster, const StepParts& own);

}  // namespace millrace
