// SPDX-License-Identifier: Apache-2.0
//
// The program under mpirun: the bits of one process, one voice, and errors that end every process.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/stopwatch.hpp"
#include "millrace/checkpoint.hpp"
#include "millrace/model.hpp"
#include "support/process.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

using Words = std::vector<std::string>;

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

class Mpirun : public testing::Test {
 protected:
  void SetUp() override { write_table("t.csv", 0); }

  void write_table(const std::string& name, int first) const {
    std::ostringstream text;
    text << "a,b,c,label\n";
    for (int r = first; r < first + 150; ++r) {
      const double a = std::sin(r), b = std::cos(3.0 * r), c = std::sin(7.0 * r);
      text << a << "," << b << "," << c << "," << (a * b > c / 2 ? "yes" : "no") << "\n";
    }
    folder.write(name, text.str());
  }

  /// mpirun with some ranks of the program. As root, Open MPI wants to be told so.
  static Words mpirun() {
    Words words{MILLRACE_MPIRUN};
    if (!is_open_mpi()) return words;
    words = words + Words{"--oversubscribe"};
    return ::getuid() == 0 ? words + Words{"--allow-run-as-root"} : words;
  }
  static bool is_open_mpi() { return std::string(MILLRACE_MPIRUN).ends_with("openmpi"); }

  [[nodiscard]] ProcessResult run(const Words& words) const {
    return Process(words, {.folder = folder.path()}).finish();
  }
  [[nodiscard]] ProcessResult run(int ranks, const Words& words) const {
    return run(mpirun() + Words{"-n", std::to_string(ranks), MILLRACE_PROGRAM} + words);
  }
  static Words train(const std::string& out, const Words& more = {}) {
    return Words{"train",
                 "--data",
                 "t.csv",
                 "--target",
                 "label",
                 "--layers",
                 "24:relu,batch_normalization,dropout:0.2,1:sigmoid",
                 "--epochs",
                 "3",
                 "--batch",
                 "32",
                 "--slices",
                 "4",
                 "--validation",
                 "0.2",
                 "--out",
                 out} +
           more;
  }
  [[nodiscard]] std::string model(const std::string& out) const { return read_text(folder.file(out + "/model.onnx")); }

  ProcessResult expect_safe_after(const std::string& fault, int rank, const Words& longer) const;

  TemporaryDirectory folder;
};

TEST_F(Mpirun, GivesTheModelOfOneProcessWithAnyNumberOfRanksAndThreads) {
  const ProcessResult alone = run(Words{MILLRACE_PROGRAM} + train("alone", {"--threads", "1"}));
  ASSERT_EQ(alone.code, 0) << alone.err;
  for (const int ranks : {1, 2, 3, 4}) {
    for (const char* const threads : {"1", "2"}) {
      const std::string out = "of_" + std::to_string(ranks) + "_" + threads;
      const ProcessResult result = run(ranks, train(out, {"--threads", threads}));
      ASSERT_EQ(result.code, 0) << result.err;
      EXPECT_TRUE(model(out) == model("alone")) << ranks << " ranks of " << threads << " threads gave another model";
    }
  }
}

TEST_F(Mpirun, Rank0AlonePrintsAndWrites) {
  const ProcessResult alone = run(Words{MILLRACE_PROGRAM} + train("alone")), two = run(2, train("two"));
  ASSERT_EQ(two.code, 0) << two.err;
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  EXPECT_EQ(lines(two.out), lines(alone.out)) << two.out;
  EXPECT_EQ(lines(two.err), lines(alone.err)) << two.err;
  const auto files = [&](const std::string& out) {
    Words names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.file(out)))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  };
  EXPECT_EQ(files("two"), files("alone"));
}

// Processes that get words of their own, as those of a sweep do.
TEST_F(Mpirun, RanksWithFoldersOfTheirOwnTrainAloneOrNotAtAll) {
  const Words each =
      Words{"/bin/sh", "-c", R"(exec "$0" "$@" --out "run_${OMPI_COMM_WORLD_RANK:-$PMI_RANK}")", MILLRACE_PROGRAM};
  Words words = train("one");
  words.resize(words.size() - 2);
  const ProcessResult joined = run(mpirun() + Words{"-n", "2"} + each + words);
  EXPECT_NE(joined.code, 0);
  for (const char* const part : {"--out is 'run_0' in rank 0 and 'run_1' in rank 1 of 2 processes", "--alone"})
    EXPECT_NE(joined.err.find(part), std::string::npos) << joined.err;
  EXPECT_FALSE(std::filesystem::exists(folder.file("run_0")));
  const Words within{"/bin/sh", "-c",
                     R"(in="in_${OMPI_COMM_WORLD_RANK:-$PMI_RANK}"; mkdir $in && cd $in && ln -s ../t.csv . &&
                        exec "$0" "$@" --out run)",
                     MILLRACE_PROGRAM};
  const ProcessResult scattered = run(mpirun() + Words{"-n", "2"} + within + words);
  EXPECT_NE(scattered.code, 0);
  for (const char* const part : {"in_0/run' in rank 0", "in_1/run' in rank 1", "--alone"})
    EXPECT_NE(scattered.err.find(part), std::string::npos) << scattered.err;

  const Words spelled{
      "/bin/sh", "-c",
      R"(test "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = 0 && out=same/ || out=./same; exec "$0" "$@" --out $out)",
      MILLRACE_PROGRAM};
  const ProcessResult together = run(mpirun() + Words{"-n", "2"} + spelled + words);
  EXPECT_EQ(together.code, 0) << together.err;

  const ProcessResult apart = run(mpirun() + Words{"-n", "2"} + each + words + Words{"--alone", "--processes"});
  ASSERT_EQ(apart.code, 0) << apart.err;
  EXPECT_NE(apart.err.find("one process, which trains alone (--alone)"), std::string::npos) << apart.err;
  EXPECT_TRUE(!model("run_0").empty() && model("run_0") == model("run_1"));
}

TEST_F(Mpirun, ProcessesShowsEachOfThem) {
  const ProcessResult result = run(3, train("out", {"--processes", "--quiet"}));
  ASSERT_EQ(result.code, 0) << result.err;
  for (const char* const part : {"rank 0 on ", "rank 1 on ", "rank 2 on ", "slices 1 to 1 of 4", "slices 3 to 4 of 4"})
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
}

TEST_F(Mpirun, ARunGoesOnWithAnotherNumberOfRanks) {
  ASSERT_EQ(run(Words{MILLRACE_PROGRAM} + train("whole", {"--epochs", "5"})).code, 0);
  ASSERT_EQ(run(3, train("parts")).code, 0);
  // The slices are those of the checkpoint.
  Words words = train("parts", {"--epochs", "5", "--resume"});
  words.erase(std::ranges::find(words, "--slices"), std::ranges::find(words, "--slices") + 2);
  const ProcessResult result = run(2, words);
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(model("parts") == model("whole")) << result.err;
}

// One message of millrace, whatever mpirun says besides.
void expect_one_message(const ProcessResult& result, const Words& parts) {
  EXPECT_NE(result.code, 0);
  EXPECT_EQ(result.out.find("model.onnx"), std::string::npos) << result.out;
  std::istringstream lines(result.err);
  Words messages;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("[") && line.find("expected") != std::string::npos) messages.push_back(line);
  }
  ASSERT_EQ(messages.size(), 1U) << result.err;
  for (const std::string& part : parts) EXPECT_NE(messages[0].find(part), std::string::npos) << messages[0];
}

// A limit below which the rows do not fit beside the program, so that they come in windows.
TEST_F(Mpirun, TablesLargerThanMemoryGiveTheModelOfOneProcess) {
  std::ostringstream text;
  text << "label";
  for (int c = 0; c < 300; ++c) text << ",n" << c;
  for (int r = 0; r < 30000; ++r) {
    text << "\n" << r % 7;
    for (int c = 0; c < 300; ++c) text << "," << (r * 31 + c * 17) % 101;
  }
  folder.write("large.csv", text.str() + "\n");
  const auto large = [](const std::string& out, const std::string& cache) {
    return Words{"train",    "--data",  "large.csv", "--target", "label", "--task",    "regression", "--layers",
                 "8:relu,1", "--batch", "200",       "--slices", "4",     "--threads", "1",          "--memory",
                 "128MiB",   "--cache", cache,       "--out",    out,     "--json"};
  };
  const ProcessResult alone = run(Words{MILLRACE_PROGRAM} + large("alone", "alone.cache"));
  ASSERT_EQ(alone.code, 0) << alone.err;
  for (const int ranks : {2, 3}) {
    const std::string out = "of_" + std::to_string(ranks);
    const ProcessResult result = run(ranks, large(out, "together.cache"));
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_TRUE(model(out) == model("alone")) << ranks << " ranks gave another model";
  }
  EXPECT_NE(read_text(folder.file("of_2/checkpoint.safetensors")).find("rows of a window"), std::string::npos)
      << "all rows fit, expected windows";
  EXPECT_TRUE(read_text(folder.file("together.cache")) == read_text(folder.file("alone.cache")));
}

TEST_F(Mpirun, HostsStartsMpirun) {
  ASSERT_EQ(run(Words{MILLRACE_PROGRAM} + train("alone")).code, 0);
  const ProcessResult two = run(Words{MILLRACE_PROGRAM} + train("two", {"--hosts", "localhost:2", "--processes"}));
  ASSERT_EQ(two.code, 0) << two.err;
  EXPECT_NE(two.err.find("rank 1 on "), std::string::npos) << two.err;
  EXPECT_TRUE(model("two") == model("alone")) << two.err;
  EXPECT_EQ(read_text(folder.file("two/run.toml")).find("hosts"), std::string::npos);
  expect_one_message(run(2, train("out", {"--hosts", "localhost"})), {"--hosts in a process that mpirun has started"});
  expect_one_message(run(Words{MILLRACE_PROGRAM} + train("out", {"--hosts", "a:0"})),
                     {"--hosts", "a:0", "a,b or a:2,b:2"});
}

TEST_F(Mpirun, HostsPassesOnWhatMpirunPrints) {
  const ProcessResult two =
      run(Words{MILLRACE_PROGRAM} + train("two", {"--hosts", "localhost:2", "--json", "--quiet"}));
  ASSERT_EQ(two.code, 0) << two.err;
  EXPECT_TRUE(nlohmann::json::accept(two.out)) << two.out << two.err;
  // One that only says what it was called with.
  for (const std::string name : {"mpirun.openmpi", "mpirun.mpich"}) {
    folder.write(name, "#!/bin/sh\necho \"called with $*\"\n");
    std::filesystem::permissions(folder.file(name), std::filesystem::perms::owner_all);
  }
  const ProcessResult stand_in = Process(Words{MILLRACE_PROGRAM} + train("out", {"--hosts", "a:2,b"}),
                                         {.folder = folder.path(), .environment = {{"PATH", folder.path()}}})
                                     .finish();
  EXPECT_EQ(stand_in.code, 0) << stand_in.err;
  EXPECT_TRUE(stand_in.out.starts_with("called with ")) << stand_in.out << stand_in.err;
  EXPECT_NE(stand_in.out.find("a:2,b:1"), std::string::npos) << stand_in.out;
}

// A program without the modules beside it.
TEST_F(Mpirun, AMissingModuleIsReportedOnce) {
  std::filesystem::copy_file(MILLRACE_PROGRAM, folder.file("millrace"));
  const Stopwatch watch;
  const ProcessResult result = run(mpirun() + Words{"-n", "3", folder.file("millrace")} + train("out"));
  expect_one_message(result, {"[cluster] mpirun started this process", "is not there"});
  EXPECT_LT(watch.seconds(), 20);
}

TEST_F(Mpirun, ADryRunMeasuresTheNetwork) {
  const ProcessResult result = run(2, train("out", {"--dry-run", "--json"}));
  ASSERT_EQ(result.code, 0) << result.err;
  const nlohmann::json json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json.at("processes"), 2);
  EXPECT_GT(json.at("link_gbps"), 0);
  EXPECT_GT(json.at("exchange_us"), 0);
  EXPECT_GT(json.at("forecast_us"), json.at("exchange_us"));
}

TEST_F(Mpirun, AWrongFlagIsReportedOnce) {
  expect_one_message(run(3, train("out", {"--layers", "0:relu"})), {"units", "0"});
  EXPECT_FALSE(std::filesystem::exists(folder.file("out")));
}

TEST_F(Mpirun, RefusesMoreProcessesThanSlices) {
  expect_one_message(run(3, train("out", {"--slices", "2"})),
                     {"[slices]", "2 slices for 3 processes", "at least one for each"});
}

TEST_F(Mpirun, RefusesARankWithOtherRows) {
  write_table("other.csv", 50);
  Words other = train("out");
  *std::ranges::find(other, "t.csv") = "other.csv";
  const Words first = Words{"-n", "1", MILLRACE_PROGRAM} + train("out"),
              second = Words{"-n", "1", MILLRACE_PROGRAM} + other;
  expect_one_message(run(mpirun() + first + Words{":"} + second),
                     {"[cluster]", "rank 1", "expected the same in all processes"});
}

TEST_F(Mpirun, RefusesARankWithAnotherFlag) {
  const Words first = Words{"-n", "1", MILLRACE_PROGRAM} + train("out"),
              second = Words{"-n", "1", MILLRACE_PROGRAM} + train("out", {"--seed", "3"});
  expect_one_message(run(mpirun() + first + Words{":"} + second), {"seed (0 in rank 0, 3 in rank 1 on "});
}

TEST_F(Mpirun, AnErrorOfOneRankEndsAllAndHasItsCode) {
  Words other = train("out");
  *std::ranges::find(other, "t.csv") = "missing.csv";
  const Words first = Words{"-n", "1", MILLRACE_PROGRAM} + train("out"),
              second = Words{"-n", "1", MILLRACE_PROGRAM} + other;
  const Stopwatch watch;
  const ProcessResult result = run(mpirun() + first + Words{":"} + second);
  expect_one_message(result, {"[rank 1 on ", "missing.csv"});
  EXPECT_EQ(result.code, exit_code(ErrorKind::data));
  EXPECT_LT(watch.seconds(), 20);
}

// Nothing but the module, which no lone process opens.
TEST_F(Mpirun, TheProgramIsNotLinkedToMpi) {
  const ProcessResult libraries = run({"/usr/bin/ldd", MILLRACE_PROGRAM});
  ASSERT_EQ(libraries.code, 0) << libraries.err;
  EXPECT_NE(libraries.out.find("libc.so"), std::string::npos) << libraries.out;
  for (const char* const name : {"libmpi", "libpmix", "libopen-rte"})
    EXPECT_EQ(libraries.out.find(name), std::string::npos) << libraries.out;
}

// A fault comes to one of two ranks long before the end: both end within seconds, and the run goes on from the checkpoint with
// one process and with three. fault: a command of the shell, for the process $child.
ProcessResult Mpirun::expect_safe_after(const std::string& fault, int rank, const Words& longer) const {
  EXPECT_EQ(run(Words{MILLRACE_PROGRAM} + train("whole", longer)).code, 0);
  // A shell in the place of the rank starts the program, and the fault comes once there is a checkpoint.
  folder.write("rank.sh",
               "\"$@\" & child=$!\n"
               "while ! [ -s out/checkpoint.safetensors ]; do sleep 0.005; done\n" +
                   fault + "; wait $child\n");
  const Words words = train("out", longer);
  const auto start = [&](int of_rank) {
    const Words program = Words{MILLRACE_PROGRAM} + words;
    return Words{"-n", "1"} + (of_rank == rank ? Words{"/bin/sh", "rank.sh"} + program : program);
  };
  const Stopwatch watch;
  ProcessResult result = run(mpirun() + start(0) + Words{":"} + start(1));
  EXPECT_NE(result.code, 0);
  EXPECT_LT(watch.seconds(), 30);
  EXPECT_FALSE(std::filesystem::exists(folder.file("out/model.onnx")));
  EXPECT_LT(read_checkpoint_run(folder.file("out/checkpoint.safetensors")).epoch, 40);
  std::filesystem::copy(folder.file("out"), folder.file("three"));
  EXPECT_EQ(run(3, train("three", longer + Words{"--resume"})).code, 0);
  EXPECT_TRUE(model("three") == model("whole"));
  EXPECT_EQ(run(Words{MILLRACE_PROGRAM} + words + Words{"--resume"}).code, 0);
  EXPECT_TRUE(model("out") == model("whole"));
  return result;
}

const char* const kill_child = "kill -9 $child";

// Steps of a millisecond.
TEST_F(Mpirun, AKilledRankEndsAllAndTheCheckpointIsSafe) {
  expect_safe_after(kill_child, 1,
                    {"--epochs", "40", "--layers", "300:relu,300:relu,1:sigmoid", "--checkpoint-every", "5"});
}

// Most of a step, the other rank waits for the messages of one of its buckets.
TEST_F(Mpirun, ARankThatIsKilledWithinABucketEndsAll) {
  expect_safe_after(kill_child, 1,
                    {"--epochs", "20", "--layers", "1100:relu,1000:relu,1:sigmoid", "--checkpoint-every", "5"});
}

// A process that may not write more is as one whose disk is full, and needs no root.
TEST_F(Mpirun, ADiskThatIsFullEndsAllAndTheCheckpointIsSafe) {
  const ProcessResult result =
      expect_safe_after("prlimit --pid $child --fsize=1000:1000", 0,
                        {"--epochs", "40", "--layers", "300:relu,300:relu,1:sigmoid", "--checkpoint-every", "5"});
  expect_one_message(result, {"checkpoint.safetensors", "expected"});
  EXPECT_EQ(result.code, exit_code(ErrorKind::environment));
}

TEST_F(Mpirun, RoundedGradientsAndSeveralBucketsGiveTheModelOfOneProcess) {
  const Words more{"--layers", "1100:relu,1000:relu,1:sigmoid", "--wire", "bfloat16", "--epochs", "2"};
  ASSERT_EQ(run(Words{MILLRACE_PROGRAM} + train("alone", more)).code, 0);
  for (const int ranks : {2, 3}) {
    const std::string out = "of_" + std::to_string(ranks);
    const ProcessResult result = run(ranks, train(out, more));
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_TRUE(model(out) == model("alone")) << ranks << " ranks";
  }
  ASSERT_EQ(run(2, train("exact", {more[0], more[1], more[4], more[5]})).code, 0);
  EXPECT_FALSE(model("exact") == model("alone"));
}

}  // namespace
}  // namespace millrace::test
