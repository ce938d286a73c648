// SPDX-License-Identifier: Apache-2.0
#include "cluster/mpi_cluster.hpp"

#include <gtest/gtest.h>

#include "millrace/communicator.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

TEST(MpiCluster, AMissingModuleIsNamed) {
  expect_error(ErrorKind::environment,
               {"mpirun started this process", "libmillrace-none.so is not there", "libnone-dev"}, [] {
                 return open_mpi_cluster({"mpirun", {"none"}, 2});
               });
  expect_error(ErrorKind::environment, {"a communicator needs libmillrace-none.so, which is not there"}, [] {
    return open_mpi_cluster({"", {"none"}}, 0);
  });
}

TEST(MpiCluster, ACommunicatorOfAnUnknownMpiIsRefused) {
  expect_error(ErrorKind::usage, {"the communicator is one of 'Other MPI 3'", "expected Open MPI or MPICH"},
               [] { return join_cluster(0, "Other MPI 3\nof yesterday"); });
}

}  // namespace
}  // namespace millrace::test
