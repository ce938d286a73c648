// SPDX-License-Identifier: Apache-2.0
//
// A function that a loop calls instead of inlining it is compiled for the baseline, and the loop is not vectorised: it has
// other bits, and takes several times as long. Nothing else shows that.
#include "cli/cli.hpp"

namespace millrace::test {

namespace {

#ifdef NDEBUG
constexpr const char* disassembly = "objdump -d --no-show-raw-insn ";
// The functions of the library that versions of loops (vectorize.hpp) call, each with its loop, and how many versions
// there are.
constexpr const char* calls = R"( | awk '
  /^[0-9a-f]+ <.*>:$/ { loop = $2; in_loop = loop ~ /millrace6detail12LoopVersions/; versions += in_loop }
  in_loop && $2 == "call" && $4 ~ /8millrace/ { print loop " calls " $4 }
  END { print versions " versions" }')";

TEST(VectorizedLoops, CallNoFunctionOfTheLibrary) {
  const ProcessResult result = run_process({"/bin/sh", "-c", disassembly + std::string(MILLRACE_PROGRAM) + calls});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out.find("calls"), std::string::npos) << result.out;
  EXPECT_GT(std::atoi(result.out.c_str()), 200) << result.out;
}
#endif

}  // namespace

}  // namespace millrace::test
