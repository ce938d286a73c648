// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

TEST_F(Cli, TheManualPageDescribesFlagsAndOperations) {
  const std::string page = run_well({"manual"}).out;
  for (const char* part : {".TH MILLRACE 1", "\\fB\\-\\-learning\\-rate RATE\\fR", "binary_crossentropy", "EXIT STATUS",
                           "\\fB128+N\\fR", "MILLRACE PREDICT"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
}

TEST_F(Cli, TheManualPageIsValidRoff) {
  const ProcessResult result =
      run_process({"/bin/sh", "-c", "\"$0\" manual | groff -Kutf8 -man -Tutf8 -ww -z -rLL=80n", MILLRACE_PROGRAM},
                  {.folder = folder.path(), .out_file = "", .terminal_columns = {}, .file_bytes = {}});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
}

}  // namespace

}  // namespace millrace::test
