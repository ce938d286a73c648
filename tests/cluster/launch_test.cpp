// SPDX-License-Identifier: Apache-2.0
#include "cluster/launch.hpp"

#include <gtest/gtest.h>

#include <map>

namespace millrace::test {
namespace {

std::map<std::string, std::string> environment;

Launch launch_in(std::map<std::string, std::string> variables) {
  environment = std::move(variables);
  return launch_of([](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

TEST(Launch, KnowsWhoHasStartedTheProcess) {
  EXPECT_TRUE(launch_in({}).alone());
  const Launch open_mpi = launch_in({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "4"}, {"PMIX_RANK", "1"}});
  EXPECT_EQ(open_mpi.by, "mpirun");
  EXPECT_EQ(open_mpi.modules, std::vector<std::string>{"openmpi"});
  EXPECT_EQ(open_mpi.processes, 4);
  EXPECT_FALSE(open_mpi.alone());
  EXPECT_TRUE(launch_in({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}).alone());
  const Launch mpich = launch_in({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}});
  EXPECT_EQ(mpich.modules.front(), "mpich");
  EXPECT_EQ(mpich.processes, 2);
  const Launch slurm = launch_in({{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "3"}, {"PMIX_RANK", "0"}});
  EXPECT_EQ(slurm.by, "srun");
  EXPECT_EQ(slurm.processes, 3);
}

// The script that sbatch runs has such variables too, and is one process.
TEST(Launch, AScriptOfSlurmIsAlone) { EXPECT_TRUE(launch_in({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}}).alone()); }

TEST(Launch, ASrunWithoutPmiIsAProblemOfAllProcesses) {
  const Launch second = launch_in({{"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "2"}});
  EXPECT_NE(second.problem.find("srun started 2 processes without PMI"), std::string::npos) << second.problem;
  EXPECT_EQ(second.rank, 1);
}

TEST(Launch, KnowsTheRank) {
  EXPECT_EQ(launch_in({{"OMPI_COMM_WORLD_RANK", "3"}, {"OMPI_COMM_WORLD_SIZE", "4"}, {"PMIX_RANK", "3"}}).rank, 3);
  EXPECT_EQ(launch_in({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}).rank, 1);
  EXPECT_EQ(launch_in({}).rank, 0);
  EXPECT_EQ(launch_in({{"PMI_RANK", "3"}, {"PMI_SIZE", "4"}, {"MPI_LOCALRANKID", "1"}}).on_host, 1);
  EXPECT_EQ(launch_in({{"OMPI_COMM_WORLD_RANK", "3"}, {"OMPI_COMM_WORLD_LOCAL_RANK", "2"}}).on_host, 2);
}

}  // namespace
}  // namespace millrace::test
