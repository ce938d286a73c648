// SPDX-License-Identifier: Apache-2.0
//
// Tables from standard input and pipes, which can be read only once.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Pipe : public Cli {
 protected:
  Pipe() {
    write_two_classes("t.csv");
    run_well(train_two + Words{"--quiet"});
  }
  /// A line of the shell with the program as "$0", in the test's folder. A program that waits for ever is ended.
  [[nodiscard]] ProcessResult shell(const std::string& line) const {
    return run_process({"/bin/sh", "-c", line, MILLRACE_PROGRAM},
                       {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
  }
  [[nodiscard]] std::string said_by(const std::string& line) const {
    const ProcessResult result = shell(line);
    EXPECT_EQ(result.code, 0) << result.err;
    return result.out;
  }
};

TEST_F(Pipe, IsReadOnceByPredictAndEvaluate) {
  const std::string table = run_well({"predict", "out/model.onnx", "--data", "t.csv", "--out", "-"}).out;
  const std::string values = run_well({"evaluate", "out/model.onnx", "--data", "t.csv"}).out;
  std::filesystem::create_symlink("/dev/stdin", folder.file("s.csv"));
  for (const std::string name : {"-", "/dev/stdin", "s.csv"}) {
    EXPECT_EQ(said_by("cat t.csv | \"$0\" predict out/model.onnx --out - --data " + name), table) << name;
    EXPECT_EQ(said_by("cat t.csv | \"$0\" evaluate out/model.onnx --data " + name), values) << name;
  }
  EXPECT_EQ(said_by("\"$0\" predict out/model.onnx --out - --data - < t.csv"), table);
  for (const std::string name : {"p.csv", "p", "p.out"}) {
    const std::string pipe = "mkfifo " + name + "; cat t.csv > " + name + " & timeout 20 ";
    EXPECT_EQ(said_by(pipe + "\"$0\" predict out/model.onnx --out - --data " + name), table) << name;
  }
}

TEST_F(Pipe, IsReadByTrain) {
  const std::string model = read("out/model.onnx");
  std::string command;
  for (const std::string& word : train_two) command += " " + word;
  EXPECT_EQ(said_by("cat t.csv | \"$0\"" + command + " --quiet --json --out piped --data -").substr(0, 1), "{");
  EXPECT_EQ(read("piped/model.onnx"), model);
}

TEST_F(Pipe, ASignalLeavesNoTemporaryFileOfAPrediction) {
  ASSERT_EQ(::mkfifo(folder.file("rows.csv").c_str(), 0600), 0);
  const Words before = files();
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    Process waiting({MILLRACE_PROGRAM, "predict", "out/model.onnx", "--data", "rows.csv", "--out", "p.csv"},
                    {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
    while (files().size() == before.size()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    waiting.signal(number);
    EXPECT_EQ(waiting.finish().signal, number);
    EXPECT_EQ(files(), before);
  }
}

// One signal is enough, whether nobody has opened the other end yet or nobody writes to it.
TEST_F(Pipe, IsNoLongerAwaitedAfterASignal) {
  using std::chrono::milliseconds;
  const std::string pipe = folder.file("p.csv");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const bool opened : {false, true}) {
    Process training(Words{MILLRACE_PROGRAM} + train_two + Words{"--data", "p.csv", "--out", "waiting"},
                     {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
    int end = -1;
    // The folder is there just before the table is opened.
    for (int i = 0; i < 2000 && !std::filesystem::exists(folder.file("waiting")); ++i)
      std::this_thread::sleep_for(milliseconds(10));
    for (int i = 0; i < 2000 && opened && end < 0; ++i) {
      end = ::open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);  // where the program waits for it
      std::this_thread::sleep_for(milliseconds(10));
    }
    EXPECT_EQ(opened, end >= 0);
    std::this_thread::sleep_for(milliseconds(300));
    training.signal(SIGINT);
    const ProcessResult result = training.finish();
    EXPECT_EQ(result.code, 6) << result.signal << result.err;
    EXPECT_EQ(result.err, "[train] stopped before the first step, there is nothing to resume\n");
    EXPECT_FALSE(std::filesystem::exists(folder.file("waiting")));
    ::close(end);
  }
}

TEST_F(Pipe, IsNamedInMessages) {
  const ProcessResult result = shell("printf 'a,b\\n1,x\\n' | \"$0\" predict out/model.onnx --out - --data - --strict");
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.err.find("/dev/stdin line 2, column 'b'"), std::string::npos) << result.err;
  // A file that is there, or is not, has a name that tells.
  write("table.bin", std::string("\1\0", 2));
  refuses({"predict", "out/model.onnx", "--out", "p.csv", "--data", "table.bin"}, 2,
          {"'table.bin' has neither a name nor content", "or another text"});
  refuses({"predict", "out/model.onnx", "--out", "p.csv", "--data", "nowhere"}, 2,
          {"'nowhere'", ".csv, .tsv, .npy, .npz"});
}

}  // namespace

}  // namespace millrace::test
