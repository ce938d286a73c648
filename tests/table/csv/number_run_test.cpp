// SPDX-License-Identifier: Apache-2.0
//
// Every way of reading neighbouring numbers gives the bits of the general parser.
#include "table/csv/number_run.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "table/csv/number_cells.hpp"
#include "table/csv/number_scan.hpp"

namespace millrace::test {
namespace {

const std::string room(number_scan_reach, '5');

class NumberRuns : public testing::TestWithParam<NumberScanner> {
 protected:
  static NumberRun scan(const std::string& text, std::vector<float>& out, char delimiter = ',') {
    return GetParam()(text.data(), text.data() + text.size(), delimiter, out.data(), std::ssize(out));
  }
  // How many of `cells` cells are read, and where that ended.
  static void expect_stop(const std::string& cells, std::int64_t count, std::ptrdiff_t at, std::size_t asked = 3) {
    const std::string text = cells + room;
    std::vector<float> out(asked);
    const NumberRun run = scan(text, out);
    EXPECT_EQ(run.count, count) << cells;
    EXPECT_EQ(run.at - text.data(), at) << cells;
  }
};

TEST_P(NumberRuns, ReadsNeighbours) {
  for (const std::string end : {"\n", "\r\n", ","}) {
    const std::string text = "1,-2.5,0.125,4.000000000000000" + end + room;
    std::vector<float> out(4);
    const NumberRun run = scan(text, out);
    EXPECT_EQ(out, (std::vector<float>{1, -2.5F, 0.125F, 4}));
    EXPECT_EQ(run.count, 4);
    EXPECT_EQ(run.at - text.data(), 30);
  }
  std::vector<float> out(2);
  EXPECT_EQ(scan("1\t2\t" + room, out, '\t').count, 2);
  EXPECT_EQ(out, (std::vector<float>{1, 2}));
}

TEST_P(NumberRuns, StopsAtTheFirstCellThatIsNotAPlainNumber) {
  expect_stop("abc,2,3\n", 0, 0);
  expect_stop("1,,3\n", 1, 2);
  expect_stop("1,\"2\",3\n", 1, 2);
  expect_stop("1,2, 3\n", 2, 4);
  expect_stop("1,2-,3\n", 1, 2);
  expect_stop("1,2.5.1,3\n", 1, 2);
  expect_stop("1,.,3\n", 1, 2);
  expect_stop("1,-,3\n", 1, 2);
  expect_stop("1,-.,3\n", 1, 2);
  expect_stop("16777217,2,3\n", 0, 0);
}

TEST_P(NumberRuns, StopsWhereTheLineEndsTooEarly) {
  expect_stop("1,2\n3,4\n", 1, 2);
  expect_stop("1,2\r\n3,4\n", 1, 2);
  expect_stop("1,2,3\r4\n", 2, 4) /* a CR within a cell is no line end */;
}

TEST_P(NumberRuns, ReadsNothingNearTheEndOfTheText) {
  std::vector<float> out(1);
  EXPECT_EQ(scan("1," + std::string(number_scan_reach - 3, ' '), out).count, 0);
  EXPECT_EQ(scan("1," + std::string(number_scan_reach - 2, ' '), out).count, 1);
}

TEST_P(NumberRuns, GiveTheBitsOfTheGeneralParser) {
  CellGenerator cells(7);
  constexpr std::size_t width = 5;
  std::int64_t read = 0;
  for (int i = 0; i < 250000; ++i) {
    std::vector<std::string> row;
    std::string text;
    for (std::size_t c = 0; c < width; ++c) {
      row.push_back(cells.next());
      text += row.back() + (c + 1 == width ? '\n' : ',');
    }
    std::vector<float> out(width);
    const NumberRun run = scan(text + room, out);
    for (std::int64_t c = 0; c < run.count; ++c) ASSERT_EQ(bits(out[c]), bits(general(row[c]))) << text;
    read += run.count;
  }
  EXPECT_GT(read, 300000);
}

INSTANTIATE_TEST_SUITE_P(Csv, NumberRuns, testing::Values(number_scanner(), &scan_numbers_portable),
                         [](const auto& which) { return which.index == 0 ? "fastest" : "portable"; });

}  // namespace
}  // namespace millrace::test
