// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/amount.hpp"

#include "cli/cli.hpp"

namespace millrace::test {
namespace {

using cli::parse_amount, cli::units_of_memory, cli::units_of_time;

TEST(Amount, OfTime) {
  EXPECT_EQ(parse_amount("30s", units_of_time()), 30);
  EXPECT_EQ(parse_amount("5m", units_of_time()), 300);
  EXPECT_EQ(parse_amount("1.5 min", units_of_time()), 90);
  EXPECT_EQ(parse_amount("2H", units_of_time()), 7200);
  for (const char* const none : {"", "s", "5", "5d", "0s", "-1s", "nans", "1e400s", "5 m m", "m5"})
    EXPECT_EQ(parse_amount(none, units_of_time()), std::nullopt) << none;
}

TEST(Amount, OfMemory) {
  EXPECT_EQ(parse_amount("4G", units_of_memory()), 0x1p32);
  EXPECT_EQ(parse_amount("4GiB", units_of_memory()), 0x1p32);
  EXPECT_EQ(parse_amount("800MB", units_of_memory()), 8e8);
  EXPECT_EQ(parse_amount("800M", units_of_memory()), 800 * 0x1p20);
  EXPECT_EQ(parse_amount("64k", units_of_memory()), 65536);
  EXPECT_EQ(parse_amount("0.5 TiB", units_of_memory()), 0x1p39);
  EXPECT_EQ(parse_amount("1000", units_of_memory()), 1000);
  EXPECT_EQ(parse_amount("4 parsecs", units_of_memory()), std::nullopt);
}

class Amounts : public Cli {};

TEST_F(Amounts, OfFlags) {
  write_two_classes("t.csv");
  run_well(train_two + Words{"--memory", "4G", "--checkpoint-every", "5m", "--quiet"});
  run_well(train_two + Words{"--checkpoint-every", "1h", "--quiet"});
  refuses(train_two + Words{"--out", "new", "--checkpoint-every", "5d"}, 2,
          {"--checkpoint-every is '5d', expected a number of steps, or a time in s, m or h: 500, 30s, 5m"});
}

}  // namespace
}  // namespace millrace::test
