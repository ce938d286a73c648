// SPDX-License-Identifier: Apache-2.0
//
// What --dry-run says of several machines, and flags that need them.
#include "cli/cli.hpp"

namespace millrace::test {
namespace {

TEST_F(Cli, ADryRunSaysWhetherSeveralMachinesPay) {
  write_two_classes("t.csv");
  const ProcessResult small = run_well(train_two + Words{"--dry-run"});
  EXPECT_NE(small.out.find("MB a step; one process is the fastest on any network"), std::string::npos) << small.out;
  const nlohmann::json json = json_of(train_two + Words{"--dry-run", "--json"});
  // 4 x (2 + 1) + 5 weights, two copies of four bytes.
  EXPECT_EQ(json.at("exchange_bytes"), 2 * 4 * 17);
  EXPECT_EQ(json.at("processes"), 1);
  for (const char* const gigabits : {"1", "10", "100"}) EXPECT_EQ(json.at("best_processes").at(gigabits), 1);
}

TEST_F(Cli, SlicesTrainWithoutOtherProcesses) {
  write_two_classes("t.csv");
  run_well(train_two + Words{"--slices", "3"});
  EXPECT_NE(read("out/run.toml").find("slices = '3'"), std::string::npos) << read("out/run.toml");
  refuses(train_two + Words{"--slices", "0"}, 2, {"--slices", "0", "expected"});
  refuses(train_two + Words{"--slices", "33"}, 2, {"33 slices of a batch of 32 rows", "expected at most 32"});
  const ProcessResult alone = run_well(train_two + Words{"--processes"});
  EXPECT_NE(alone.err.find("one process, which mpirun or srun has not started"), std::string::npos) << alone.err;
}

TEST_F(Cli, HostsNeedAnMpirun) {
  write_two_classes("t.csv");
  const ProcessOptions without{.environment = {{"PATH", folder.path()}}};
  refuses(train_two + Words{"--hosts", "a,b"}, 7, {"--hosts", "expected", "openmpi"}, without);
  for (const char* const wrong : {"", "a:", "a:0", "a:1.5", "-a", "a b"})
    refuses(train_two + Words{"--hosts", wrong}, 2, {"--hosts", "names of hosts"});
  refuses(train_two + Words{"--hosts", "a,b", "--alone"}, 2, {"--alone", "--hosts", "contradict each other"});
  write("run.toml", "alone = true\n");
  refuses(train_two + Words{"--config", "run.toml"}, 2, {"alone"});
  write("run.toml", "hosts = 'a'\n");
  refuses(train_two + Words{"--config", "run.toml"}, 2, {"hosts"});
}

// What mpirun would say, without an mpirun.
TEST_F(Cli, AMissingMpiIsNamed) {
  write_two_classes("t.csv");
  const ProcessOptions slurm{.environment = {{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}}};
  refuses(train_two, 7, {"[cluster]", "srun started 2 processes without PMI", "expected srun --mpi=pmix"}, slurm);
}

}  // namespace
}  // namespace millrace::test
