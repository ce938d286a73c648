// SPDX-License-Identifier: Apache-2.0
//
// A cluster whose messages travel over MPI. The library that does this is opened when a cluster is joined.
#pragma once

#include <memory>
#include <optional>

#include "cluster/launch.hpp"
#include "millrace/cluster.hpp"

namespace millrace {

/// The processes of a launch or, with a communicator, those of a program that has started MPI itself. Throws
/// Error{environment} if none of the launch's modules is there or starts.
[[nodiscard]] std::unique_ptr<Cluster> open_mpi_cluster(const Launch& launch,
                                                        std::optional<int> communicator = std::nullopt);

}  // namespace millrace
