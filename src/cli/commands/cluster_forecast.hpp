// SPDX-License-Identifier: Apache-2.0
//
// What a training would gain on several machines, before it is tried there: a model of a step, with what was measured in
// one process and on the network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/step_time.hpp"

namespace millrace::cli {

/// The best number of processes on hosts as this one, on a network.
struct BestProcesses {
  Link link;
  std::int64_t processes = 1;
  double speedup = 1;        ///< against one process
  double two_processes = 0;  ///< seconds of a step of two
};

struct ClusterForecast {
  std::int64_t bytes = 0;           ///< that each of many processes sends and receives in a step
  double least_gigabits = 0;        ///< a second, above which two processes are faster than one; 0: on no network
  std::vector<BestProcesses> best;  ///< on each of the links
  int processes = 1;                ///< that were measured
  double step_seconds = 0;          ///< of these, by the model
};

/// step_seconds: of one process; batch: rows, which stay the same for any number of processes; links: networks to tell of.
[[nodiscard]] ClusterForecast forecast_cluster(const StepParts& parts, double step_seconds, std::int64_t batch,
                                               const std::vector<Link>& links);

/// Lines for people: "machines    each process would send up to 2.1 MB a step ...".
[[nodiscard]] std::string forecast_text(const ClusterForecast& forecast);

}  // namespace millrace::cli
