// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/fail.hpp"
#include "cluster/mpi_cluster.hpp"
#include "millrace/communicator.hpp"

namespace millrace {

namespace {

// A cluster of one process is none.
std::unique_ptr<Cluster> unless_alone(std::unique_ptr<Cluster> cluster) {
  return cluster->size() == 1 ? nullptr : std::move(cluster);
}

std::string module_of(const std::string& library) {
  if (library.find("Open MPI") != std::string::npos) return "openmpi";
  for (const char* const of_one_interface : {"MPICH", "Intel(R) MPI", "MVAPICH"})
    if (library.find(of_one_interface) != std::string::npos) return "mpich";
  fail(ErrorKind::usage, "cluster",
       "the communicator is one of '" + library.substr(0, library.find('\n')) + "', expected Open MPI or MPICH");
}

}  // namespace

std::unique_ptr<Cluster> join_cluster() {
  const Launch launch = launch_of_process();
  if (launch.alone()) return nullptr;
  if (!launch.problem.empty()) fail(ErrorKind::environment, "cluster", launch.problem);
  return unless_alone(open_mpi_cluster(launch));
}

std::unique_ptr<Cluster> join_cluster(int communicator, const std::string& library) {
  return unless_alone(open_mpi_cluster({.by = "", .modules = {module_of(library)}}, communicator));
}

}  // namespace millrace
