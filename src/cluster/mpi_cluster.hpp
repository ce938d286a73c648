// SPDX-License-Identifier: Apache-2.0
//
// A cluster whose messages travel over MPI. The library that does this is opened when a cluster is joined.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "millrace/cluster.hpp"

namespace millrace {

/// Which program started this process, as its environment says.
struct Launch {
  std::string by;                    ///< "mpirun", "srun"; empty: a user or a program that knows nothing of MPI
  std::vector<std::string> modules;  ///< which can speak with it: "openmpi", "mpich"; the better one first
  int processes = 0;                 ///< that were started together; 0: not known

  [[nodiscard]] bool alone() const { return by.empty() || processes == 1; }
};

/// value: of a variable of the environment; null if it is not set. Throws Error{environment} for srun without PMI.
[[nodiscard]] Launch launch_of(const char* (*value)(const char* name));

/// Throws Error{environment} if none of the modules is there or starts.
[[nodiscard]] std::unique_ptr<Cluster> open_mpi_cluster(const Launch& launch);

}  // namespace millrace
