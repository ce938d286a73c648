// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <string>

#include "base/error_text.hpp"
#include "base/fail.hpp"
#include "support/expect_error.hpp"

namespace millrace {
namespace {

TEST(Error, EveryKindHasItsExitCode) {
  EXPECT_EQ(exit_code(ErrorKind::internal), 1);
  EXPECT_EQ(exit_code(ErrorKind::usage), 2);
  EXPECT_EQ(exit_code(ErrorKind::data), 3);
  EXPECT_EQ(exit_code(ErrorKind::non_finite), 4);
  EXPECT_EQ(exit_code(ErrorKind::mismatch), 5);
  EXPECT_EQ(exit_code(ErrorKind::interrupted), 6);
  EXPECT_EQ(exit_code(ErrorKind::environment), 7);
}

TEST(Error, TextDoesWithoutWhoFailed) {
  EXPECT_EQ(text_without_who({ErrorKind::data, "[csv] line 3 [of 4] ends early"}), "line 3 [of 4] ends early");
  EXPECT_EQ(text_without_who({ErrorKind::data, "line 3 [of 4] ends early"}), "line 3 [of 4] ends early");
}

TEST(Error, FailNamesWhoFailedAndKeepsTextAfterAZeroByte) {
  test::expect_error(ErrorKind::data, {"[csv] line 3 ends early"},
                     [] { fail(ErrorKind::data, "csv", std::string("line 3\0ends early", 17)); });
}

}  // namespace
}  // namespace millrace
