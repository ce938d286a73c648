// SPDX-License-Identifier: Apache-2.0
#include "table/kinds/dates.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace millrace {
namespace {

std::optional<double> date(std::string_view text, DateOrder order = DateOrder::month_first) {
  return parse_date(text, order);
}

TEST(Dates, CountSecondsSince1970) {
  EXPECT_EQ(date("1970-01-01"), 0);
  EXPECT_EQ(date("2000-02-29"), 951782400);
  EXPECT_EQ(date("2024/05/31"), 1717113600);
  EXPECT_EQ(date("1900-01-01"), -2208988800);
  EXPECT_EQ(date("9999-12-31"), 253402214400);
}

TEST(Dates, MayHaveTimes) {
  EXPECT_EQ(date("2024-05-31 17:30"), 1717176600);
  EXPECT_EQ(date("2024-05-31T17:30:00"), 1717176600);
  EXPECT_EQ(date("2024-05-31T17:30:00Z"), 1717176600);
  EXPECT_EQ(date("2024-05-31T19:30:00+02:00"), 1717176600);
  EXPECT_EQ(date("2024-05-31 12:00:00-0530"), 1717176600);
  EXPECT_EQ(date("1970-01-01 00:00:00.25"), 0.25);
  EXPECT_EQ(date("2016-12-31T23:59:60Z"), date("2017-01-01")) << "a leap second";
}

TEST(Dates, AreReadInTheFormsOfPeople) {
  for (const std::string text :
       {"2024-5-31", "2024.05.31", "20240531", "31 May 2024", "31-May-2024", "31-may-24", "31. May 2024",
        "May 31, 2024", "may 31 2024", "31.5.2024", "31.05.2024", "31.05.24", "31 May, 2024"}) {
    EXPECT_EQ(date(text), 1717113600) << text;
    EXPECT_EQ(date(text, DateOrder::day_first), 1717113600) << text;
  }
  EXPECT_EQ(date("1 Sept 2024"), date("2024-09-01"));
  EXPECT_EQ(date("1/1/69"), date("1969-01-01"));
  EXPECT_EQ(date("1/1/68"), date("2068-01-01"));
}

TEST(Dates, OfAMonthAloneAreItsFirstDay) {
  for (const std::string text : {"2024-05", "May 2024", "may-2024", "May. 2024", "05/2024", "5/2024", "05-2024"})
    EXPECT_EQ(date(text), date("2024-05-01")) << text;
  for (const std::string text : {"13/2024", "5/1234", "5.2024", "5/2024 17:30", "5/24", "2010/11"})
    EXPECT_FALSE(date(text)) << text << " is no date, or may be a season";
}

TEST(Dates, HaveAnOrderOfMonthAndDay) {
  for (const char* const text : {"5/6/2024", "05/06/2024", "5-6-2024", "05-06-24"}) {
    EXPECT_EQ(date(text), date("2024-05-06")) << text;
    EXPECT_EQ(date(text, DateOrder::day_first), date("2024-06-05")) << text;
  }
  EXPECT_EQ(date("31/5/2024"), std::nullopt);
  EXPECT_EQ(date("31/5/2024", DateOrder::day_first), 1717113600);
  EXPECT_EQ(date("5/31/2024", DateOrder::day_first), std::nullopt);
}

TEST(Dates, TimesMayHaveHalvesOfTheDay) {
  EXPECT_EQ(date("5/31/2024 5:30 PM"), 1717176600);
  EXPECT_EQ(date("5/31/2024, 5:30:00 pm"), 1717176600);
  EXPECT_EQ(date("1970-01-01 12:00 AM"), 0);
  EXPECT_EQ(date("1970-01-01 12:00PM"), 43200);
  EXPECT_EQ(date("1970-01-01 13:00 PM"), std::nullopt);
}

TEST(Dates, MayHaveZones) {
  for (const std::string zone : {" UTC", " GMT", "Z", " Z", " utc", "+00:00", "+00", " +0000"})
    EXPECT_EQ(date("2024-05-31 17:30:00" + zone), 1717176600) << zone;
  for (const std::string zone : {" UTC", " GMT", " Z", "+00:00", " +00:00"})
    EXPECT_EQ(date("2024-05-31 05:30:00 PM" + zone), 1717176600) << zone;
  EXPECT_EQ(date("2024-05-31 05:30 PM -02"), 1717176600 + 7200);
  EXPECT_EQ(date("2024-05-31 17:30:00 CET"), std::nullopt) << "which depends on the day of the year";
}

TEST(Dates, MayHaveOffsetsBehindTheNameOfAZone) {
  EXPECT_EQ(date("2020/01/02 11:36:43 PM GMT+2"), date("2020-01-02 21:36:43")) << "as Google Forms writes it";
  for (const std::string zone : {" UTC+2", "UTC+02:00", " GMT+0200", " gmt+02"})
    EXPECT_EQ(date("2024-05-31 19:30:00" + zone), 1717176600) << zone;
  EXPECT_EQ(date("2024-05-31 12:00 UTC-5:30"), 1717176600);
  EXPECT_EQ(date("2024-05-31 12:00Z+1"), std::nullopt);
}

TEST(Dates, HaveTheOffsetsThatThereAre) {
  for (const std::string zone : {"-12:00", "+14:00", "+05:45", "-03:30", "+12:45", "+0845", "-1130"})
    EXPECT_TRUE(date("2024-05-31 17:30:00" + zone)) << zone;
  for (const std::string zone : {"-12:30", "-13:00", "+14:30", "+15:00", "+21", "+05:15", "+05:46", "+05:59", "-1"})
    EXPECT_FALSE(date("2024-05-31 17:30:00" + zone)) << zone;
}

TEST(Dates, RangesOfTimesAreNone) {
  for (const std::string text : {"08:00-09:00", "8:00-9:00", "06:00-14:00", "08:00:00-09:00", "08:00+09:00", "08:00-09",
                                 "8:00 AM-9:00 AM", "08:00 - 09:00", "17:30 GMT+2", "2021-03-02 09:00-10:00",
                                 "2021-03-02 20:00-21:00", "2021-03-02 09:00 - 10:00", "3/2/2021, 09:00-10:00"}) {
    EXPECT_FALSE(date(text)) << text;
    EXPECT_TRUE(resembles_date(text)) << text;
  }
  for (const std::string text : {"2021-03-02T09:00-10:00", "2021-03-02 09:00:00-10:00", "2021-03-02 09:00 -10:00",
                                 "2021-03-02 09:00-1000", "2021-03-02 09:00 AM -10:00"})
    EXPECT_EQ(date(text), date("2021-03-02 19:00")) << text;
  EXPECT_EQ(date("17:30Z"), 63000);
  EXPECT_EQ(date("5:30 PM UTC"), 63000);
}

TEST(Dates, AreReadAsSasWritesThem) {
  for (const std::string text : {"31MAY2024", "31May2024", "31may2024", "31MAY2024:00:00:00"})
    EXPECT_EQ(date(text), 1717113600) << text;
  EXPECT_EQ(date("6FEB2020"), date("2020-02-06"));
  EXPECT_EQ(date("31MAY2024:17:30:00.25"), 1717176600.25);
  for (const std::string text : {"31MAY", "31MAY24", "31FEB2024", "31MAX2024", "2024-05-31:17:30"})
    EXPECT_FALSE(date(text)) << text;
}

TEST(Dates, OfAQuarterAreItsFirstDay) {
  for (const std::string text : {"2018Q4", "2018-Q4", "2018 Q4", "2018q4", "Q4 2018", "Q4-2018", "Q4/2018"})
    EXPECT_EQ(date(text), date("2018-10-01")) << text;
  EXPECT_EQ(date("2018Q1"), date("2018-01-01"));
  for (const std::string text :
       {"2018Q5", "2018Q0", "2018Q", "1234Q1", "2018Q4 17:30", "Q4 2018 17:30", "Q42018", "4Q18", "2018Q12", "2018 4"})
    EXPECT_FALSE(date(text)) << text;
}

TEST(Dates, KnowYearsOfTwoDigits) {
  for (const std::string text : {"5/31/24", "31.5.24", "31-May-24", "5/31/24 17:30"})
    EXPECT_TRUE(has_short_year(text, DateOrder::month_first)) << text;
  for (const std::string text : {"5/31/2024", "24", "2024-05-31", "17:30", "31MAY2024"})
    EXPECT_FALSE(has_short_year(text, DateOrder::month_first)) << text;
}

TEST(Dates, TextsMayResembleThem) {
  for (const std::string text : {"2021-W06", "20-Nov", "Nov-20", "Nov 20", "4Q18", "31MAY24", "13/2021 5:30"})
    EXPECT_TRUE(resembles_date(text)) << text;
  for (const std::string text : {"100 W", "5 kg", "3 qt", "12 decades", "1985/12", "a:1", "W", "5q"})
    EXPECT_FALSE(resembles_date(text)) << text;
}

TEST(Dates, MayBeTimesAlone) {
  EXPECT_EQ(date("00:00"), 0);
  EXPECT_EQ(date("17:30"), 63000);
  EXPECT_EQ(date("5:30:15 PM"), 63015);
  EXPECT_TRUE(is_time_of_day("5:30"));
  EXPECT_FALSE(is_time_of_day("2024-05-31 17:30"));
}

TEST(Dates, RefuseEverythingElse) {
  for (const std::string text : {"",
                                 "2024",
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
                                 "2024-05-31x",
                                 "12:3",
                                 "25:30",
                                 "12:",
                                 "1/2",
                                 "1/2/3",
                                 "1/2-2024",
                                 "30.2.2024",
                                 "13/13/2024",
                                 "1 Mai 2024",
                                 "May-24",
                                 "2024/05",
                                 "2024-5",
                                 "1234-12",
                                 "2024-05 17:30",
                                 "2024053",
                                 "202405311",
                                 "1/2/02024",
                                 "May 32, 2024"})
    EXPECT_FALSE(date(text)) << text;
}

}  // namespace
}  // namespace millrace
