// SPDX-License-Identifier: Apache-2.0
//
// Usage, in a program that has called MPI_Init_thread itself:
//   char library[MPI_MAX_LIBRARY_VERSION_STRING];
//   int length = 0;
//   MPI_Get_library_version(library, &length);
//   const std::unique_ptr<Cluster> cluster = join_cluster(MPI_Comm_c2f(MPI_COMM_WORLD), library);
//   model.fit(data, {.epochs = 10, .cluster = cluster.get()});
#pragma once

#include <memory>
#include <string>

#include "millrace/cluster.hpp"

namespace millrace {

/// The processes of a communicator, in a program that has started MPI itself, with MPI_THREAD_SERIALIZED or more; null if
/// it has one process. communicator: its handle as MPI_Comm_c2f() gives it; library: MPI_Get_library_version(). All its
/// processes call this at once, and end the cluster before MPI. A process is in one cluster at a time. Throws Error: usage
/// (an MPI that is neither Open MPI nor MPICH), environment.
[[nodiscard]] std::unique_ptr<Cluster> join_cluster(int communicator, const std::string& library);

}  // namespace millrace
