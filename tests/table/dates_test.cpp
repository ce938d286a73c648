// SPDX-License-Identifier: Apache-2.0
#include "table/dates.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

TEST(Dates, CountSecondsSince1970) {
  EXPECT_EQ(parse_date("1970-01-01"), 0);
  EXPECT_EQ(parse_date("2000-02-29"), 951782400);
  EXPECT_EQ(parse_date("2024/05/31"), 1717113600);
  EXPECT_EQ(parse_date("1900-01-01"), -2208988800);
  EXPECT_EQ(parse_date("9999-12-31"), 253402214400);
}

TEST(Dates, MayHaveTimes) {
  EXPECT_EQ(parse_date("2024-05-31 17:30"), 1717176600);
  EXPECT_EQ(parse_date("2024-05-31T17:30:00"), 1717176600);
  EXPECT_EQ(parse_date("2024-05-31T17:30:00Z"), 1717176600);
  EXPECT_EQ(parse_date("2024-05-31T19:30:00+02:00"), 1717176600);
  EXPECT_EQ(parse_date("2024-05-31 12:00:00-0530"), 1717176600);
  EXPECT_EQ(parse_date("1970-01-01 00:00:00.25"), 0.25);
  EXPECT_EQ(parse_date("2016-12-31T23:59:60Z"), parse_date("2017-01-01")) << "a leap second";
}

TEST(Dates, RefuseEverythingElse) {
  for (const std::string text : {"",
                                 "2024",
                                 "2024-5-31",
                                 "24-05-31",
                                 "2024-13-01",
                                 "2024-00-10",
                                 "2023-02-29",
                                 "2024-04-31",
                                 "0000-01-01",
                                 "2024-05/31",
                                 "2024-05-31 ",
                                 "2024-05-31T",
                                 "2024-05-31 24:00",
                                 "2024-05-31 12",
                                 "2024-05-31 12:60",
                                 "2024-05-31 12:00:61",
                                 "2024-05-31 12:00:00.",
                                 "2024-05-31 12:00:00Zx",
                                 "2024-05-31 12:00+",
                                 "31.05.2024",
                                 "2024-05-31x",
                                 "12:30"})
    EXPECT_FALSE(parse_date(text)) << text;
}

}  // namespace
}  // namespace millrace
