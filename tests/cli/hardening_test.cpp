// SPDX-License-Identifier: Apache-2.0
//
// How the program is compiled and linked: at a random address, with its tables of functions read-only, no memory that is
// both written and executed, and checks of stacks, copies and jumps.
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

// The names of the functions that the checks call are in the table of dynamic symbols.
TEST(Hardening, StacksAndCopiesAreChecked) {
  const ProcessResult result = run_process({"/usr/bin/readelf", "--dyn-syms", "-W", MILLRACE_PROGRAM});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("__stack_chk_fail"), std::string::npos) << "-fstack-protector-strong";
  EXPECT_NE(result.out.find("_chk@"), std::string::npos) << "-D_FORTIFY_SOURCE=2";
}

TEST(Hardening, FunctionsBeginWithALandingPlace) {
  const ProcessResult result = run_process({"/usr/bin/objdump", "-d", "--disassemble=main", MILLRACE_PROGRAM});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("endbr64"), std::string::npos) << "-fcf-protection";
}

}  // namespace

}  // namespace millrace::test
