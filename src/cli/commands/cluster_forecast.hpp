// SPDX-License-Identifier: Apache-2.0
//
// What a training would gain on several machines, before it is tried there: a model of a step with few constants.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::cli {

/// The best number of processes on hosts as this one, on a network of this speed.
struct BestProcesses {
  double gigabits = 0;  ///< a second
  std::int64_t processes = 1;
  double speedup = 1;  ///< against one process
};

struct ClusterForecast {
  std::int64_t bytes = 0;           ///< that each of many processes sends and receives in a step
  double least_gigabits = 0;        ///< a second, above which two processes are faster than one
  std::vector<BestProcesses> best;  ///< on 1, 10 and 100 gigabits a second
};

/// parameters: of the model; step_seconds: of one process; batch: rows, which stay the same for any number of processes.
[[nodiscard]] ClusterForecast forecast_cluster(std::int64_t parameters, double step_seconds, std::int64_t batch);

/// Seconds of a step of `processes` processes on a network of `gigabits` a second.
[[nodiscard]] double forecast_step(std::int64_t parameters, double step_seconds, std::int64_t processes,
                                   double gigabits);

/// Lines for people: "cluster     2.1 MB a step ...".
[[nodiscard]] std::string forecast_text(const ClusterForecast& forecast);

}  // namespace millrace::cli
