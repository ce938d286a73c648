// SPDX-License-Identifier: Apache-2.0
//
// What columns of dates, and of texts that resemble dates, become in a table.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "millrace/table.hpp"
#include "millrace/unread_cells.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

class DateCells : public testing::Test {
 protected:
  // A table of one column `x`, whose cells repeat these texts, and a column of numbers.
  std::string rows_of(const std::vector<std::string>& texts, int rows = 60) {
    std::string text = "x,y\n";
    for (int i = 0; i < rows; ++i)
      text += "\"" + texts[static_cast<std::size_t>(i) % texts.size()] + "\"," + std::to_string(i) + ".5\n";
    return folder_.write("table.csv", text);
  }
  TableColumn column(const std::vector<std::string>& texts, const TableOptions& options = {}) {
    return read_table(rows_of(texts), options).column("x");
  }
  static std::string joined(const TableColumn& column) {
    std::string text;
    for (const std::string& obstacle : column.obstacles) text += obstacle + "\n";
    return text;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(DateCells, RangesOfTimesAreCategories) {
  EXPECT_EQ(column({"08:00-09:00", "09:00-10:00", "17:00-18:00"}).kind, ColumnKind::category);
  EXPECT_EQ(column({"06:00-14:00", "14:00-22:00", "22:00-06:00"}).kind, ColumnKind::category) << "opening hours";
  EXPECT_EQ(column({"2021-03-01 08:00-09:00", "2021-03-02 09:00-10:00"}).kind, ColumnKind::category);
  EXPECT_EQ(column({"2021-03-01 08:00:00-09:00", "2021-03-02 09:00:00-08:00"}).kind, ColumnKind::date) << "offsets";
}

TEST_F(DateCells, MonthsAndQuartersAreTheirFirstDays) {
  for (const auto& texts :
       std::vector<std::vector<std::string>>{{"2018Q4", "2019Q1"},
                                             {"Q4 2018", "Q1 2019"},
                                             {"10/2018", "01/2019"},
                                             {"01OCT2018", "01JAN2019"},
                                             {"2018/10/01 2:00:00 AM GMT+2", "2019/1/1 0:00 GMT"}}) {
    const Table table = read_table(rows_of(texts));
    ASSERT_EQ(table.column("x").kind, ColumnKind::date) << texts[0];
    EXPECT_EQ(table.dates[0][0], 1538352000) << texts[0];
    EXPECT_EQ(table.dates[0][1], 1546300800) << texts[1];
    EXPECT_EQ(joined(table.column("x")), "") << texts[0];
  }
}

// Neither as a feature nor as a target are they called numbers with a unit.
TEST_F(DateCells, FormsThatAreNotReadAreNoNumbersWithAUnit) {
  std::vector<std::string> weeks, days, short_quarters, zones;
  for (int i = 1; i <= 28; ++i) {
    const std::string two = (i < 10 ? "0" : "") + std::to_string(i);
    weeks.push_back("20" + two + "-W" + (i % 2 == 0 ? "06" : "07"));
    days.push_back(two + "-Nov");
    short_quarters.push_back(std::to_string(1 + i % 4) + "Q" + two);
    zones.push_back(two + ":00-08:00");
  }
  for (const auto& texts : {weeks, days, short_quarters, zones}) {
    for (const char* const target : {"", "x"}) {
      const TableColumn found = column(texts, {.target = target});
      EXPECT_EQ(found.kind, *target == 0 ? ColumnKind::category : ColumnKind::label) << texts[0];
      EXPECT_EQ(joined(found).find("number"), std::string::npos) << joined(found);
    }
  }
  std::vector<std::string> powers;
  for (int i = 0; i < 28; ++i) powers.push_back(std::to_string(100 + i) + " W");
  EXPECT_NE(joined(column(powers)).find("a number with 'W' behind it"), std::string::npos) << joined(column(powers));
}

TEST_F(DateCells, NameYearsOfTwoDigitsThatLieInTheFuture) {
  const std::vector<std::string> births{"10/5/68", "11/22/77", "7/19/99", "1/2/03", "10/5/68"};
  const std::string note = joined(column(births));
  EXPECT_NE(note.find("years of two digits are read as 1969 to 2068, so that 24 dates lie in the future, the first in "
                      "line 2: '10/5/68' is 2068-10-05; if an earlier year is meant, write its four digits"),
            std::string::npos)
      << note;
  EXPECT_NE(joined(column({"05-Oct-68", "22-Nov-77"})).find("2068-10-05"), std::string::npos);
  std::vector<UnreadCell> unread;
  const Table lenient = read_table(rows_of(births), {.kinds = {{"x", ColumnKind::date}}, .unread = &unread});
  EXPECT_NE(joined(lenient.column("x")).find("24 dates lie in the future"), std::string::npos);

  EXPECT_EQ(joined(column({"10/25/68", "11/22/67"})), "") << "all are in the future: contracts";
  EXPECT_EQ(joined(column({"10/25/03", "11/22/77"})), "") << "none is";
  EXPECT_EQ(joined(column({"10/25/2068", "11/22/1977"})), "") << "four digits are meant";
}

TEST_F(DateCells, AreNoTarget) {
  const TableColumn days = column({"2021-03-25", "2021-03-26"}, {.target = "x"});
  EXPECT_EQ(joined(days),
            "holds dates, expected numbers or classes as the target: write how many days or seconds lie between it and "
            "another day, or give it the kind category\n");
  const TableColumn times = column({"3:10:38", "2:52:39"}, {.target = "x"});
  EXPECT_EQ(joined(times),
            "holds times of a day, expected numbers or classes as the target: write their seconds or hours as numbers, "
            "or give it the kind category\n");
  EXPECT_EQ(joined(column({"2021-03-25", "2021-03-26"}, {.target = "x", .kinds = {{"x", ColumnKind::category}}})), "");
}

}  // namespace
}  // namespace millrace
