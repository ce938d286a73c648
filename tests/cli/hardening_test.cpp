// SPDX-License-Identifier: Apache-2.0
//
// How the program is linked: at a random address, with its tables of functions read-only, and no memory that is both
// written and executed.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

TEST(Hardening, TheProgramIsLinkedSafely) {
  const ProcessResult result = run_process({"/usr/bin/readelf", "-hdlW", MILLRACE_PROGRAM});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("DYN (Position-Independent Executable file)"), std::string::npos);
  EXPECT_NE(result.out.find("GNU_RELRO"), std::string::npos);
  EXPECT_NE(result.out.find("NOW"), std::string::npos) << "full RELRO needs -z now";
  for (const std::string& line : lines_of(result.out)) {
    if (line.find("GNU_STACK") == std::string::npos && line.find(" LOAD ") == std::string::npos) continue;
    EXPECT_EQ(line.find("RWE"), std::string::npos) << line;
  }
}

}  // namespace

}  // namespace millrace::test
