// SPDX-License-Identifier: Apache-2.0
#include "table/csv/number_scan.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "table/csv/number_cells.hpp"

namespace millrace::test {
namespace {

// How far scan_number reads into the cell, or -1 if it leaves the cell to the general parser. A number that it reads to
// the end of the cell has the bits of the general parser.
std::ptrdiff_t scanned(const std::string& cell) {
  const std::string text = cell + "," + std::string(number_scan_reach, '5');
  float fast = 0;
  const char* const after = scan_number(text.data(), fast);
  if (after == nullptr) return -1;
  if (after == text.data() + cell.size()) {
    EXPECT_EQ(bits(fast), bits(general(cell))) << cell;
  }
  return after - text.data();
}

TEST(NumberScan, ReadsPlainNumbersToTheirEnd) {
  for (const std::string cell : {"0",
                                 "7",
                                 "-7",
                                 "-0",
                                 "0.5",
                                 "-0.5",
                                 ".5",
                                 "5.",
                                 "-.5",
                                 "12345678",
                                 "-99999999",
                                 "1234.567",
                                 "1.234567",
                                 "0.000001",
                                 "00000001",
                                 "9999999.",
                                 ".9999999",
                                 "33554436",
                                 "255",
                                 "123456789",
                                 "0.12573022",
                                 "-12345678.25",
                                 "123456789012345",
                                 "1.2345678",
                                 "0.12345678901234567",
                                 "0.012345678901234567",
                                 "-12.345678901234567",
                                 "1e5",
                                 "1.5E-5",
                                 "1e+18",
                                 "-7e-22",
                                 "1.234567890123456e-01",
                                 "0.0",
                                 "-0.0",
                                 "000.5",
                                 "1e00"})
    EXPECT_EQ(scanned(cell), std::ssize(cell)) << cell;
}

TEST(NumberScan, LeavesEverythingElseToTheGeneralParser) {
  for (const std::string cell : {"",
                                 "-",
                                 ".",
                                 "-.",
                                 "abc",
                                 "+1",
                                 " 1",
                                 "\"1\"",
                                 "nan",
                                 "--1",
                                 "\xB0",
                                 "/",
                                 ":",
                                 "1e",
                                 "1e+",
                                 "1e-",
                                 "e5",
                                 "1e19",
                                 "1e-23",
                                 "1e1000",
                                 "1234567890123456",
                                 "0.1234567890123456789",
                                 "12345678901234567890",
                                 "1.00000000000000000000000000000000001",
                                 "-e"})
    EXPECT_EQ(scanned(cell), -1) << cell;
  // 2^24 + 1 lies halfway between two floats: only the general parser knows which one it rounds to.
  for (const std::string cell : {"16777217", "16777217.0", "33554438", "0.500000029802322387"})
    EXPECT_EQ(scanned(cell), -1) << cell;
}

TEST(NumberScan, StopsWhereTheNumberEnds) {
  for (const std::string cell : {"1 ", "1.2.3", "0x10", "1\r", "1\xB2", "12-3", "1.5e5.5"}) {
    EXPECT_GE(scanned(cell), 1) << cell;
    EXPECT_LT(scanned(cell), std::ssize(cell)) << cell;
  }
}

TEST(NumberScan, AgreesWithTheGeneralParserOnEveryKindOfCell) {
  CellGenerator cells(3);
  int read = 0;
  constexpr int rounds = 1000000;
  for (int i = 0; i < rounds; ++i) {
    const std::string cell = cells.next();
    read += scanned(cell) == std::ssize(cell);
  }
  EXPECT_GT(read, rounds / 2);
}

TEST(NumberScan, AgreesNextToThePointsWhereRoundingChanges) {
  CellGenerator cells(5);
  int read = 0, left = 0;
  for (int i = 0; i < 300000; ++i) {
    const std::string cell = cells.next_to_a_rounding_point();
    const std::ptrdiff_t end = scanned(cell);
    read += end == std::ssize(cell);
    left += end == -1;
  }
  EXPECT_GT(read, 10000) << "some are far enough from the point";
  EXPECT_GT(left, 10000) << "and some too close to it";
}

}  // namespace
}  // namespace millrace::test
