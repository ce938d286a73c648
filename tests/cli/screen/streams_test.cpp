// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Streams : public Cli {
 protected:
  Streams() { write_two_classes("t.csv"); }
  /// A line of the shell with the program as "$0", in the test's folder.
  [[nodiscard]] ProcessResult shell(const std::string& line) const {
    return run_process({"/bin/sh", "-c", line, MILLRACE_PROGRAM},
                       {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
  }
};

TEST_F(Streams, LibrariesDoNotPrintAmongResults) {
  const ProcessResult result = shell(
      "ONEDNN_VERBOSE=2 DNNL_VERBOSE=2 \"$0\" train --data t.csv --target label --layers 4:relu,1:sigmoid --epochs 1 "
      "--quiet --json --gemm onednn --out out");
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(nlohmann::json::accept(result.out)) << result.out;
  EXPECT_NE(result.err.find("onednn_verbose"), std::string::npos) << result.err;
}

// Otherwise the next file that is opened has the number of the stream, and gets what is written to it.
TEST_F(Streams, ThatAreClosedAreOpenedAsNothing) {
  const ProcessResult result = shell(
      "\"$0\" train --data t.csv --target label --layers 4:relu,1:sigmoid --epochs 10000000 --out long <&- >&- 2>&- & "
      "until [ -d long ]; do sleep 0.05; done; "
      "readlink /proc/$!/fd/0 /proc/$!/fd/1 /proc/$!/fd/2; kill $!; wait");
  EXPECT_EQ(result.out, "/dev/null\n/dev/null\n/dev/null\n");
  EXPECT_EQ(shell("\"$0\" --version >&-").code, 7);
  EXPECT_EQ(shell("\"$0\" inspect nothing 2>&-").code, 3);
  EXPECT_EQ(shell("\"$0\" train --data - --target label --out new <&-").code, 3);
}

}  // namespace

}  // namespace millrace::test
