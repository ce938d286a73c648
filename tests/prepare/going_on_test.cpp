// SPDX-License-Identifier: Apache-2.0
#include "prepare/going_on.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "millrace/table_builder.hpp"

namespace millrace {
namespace {

Table table_of(const std::vector<double>& seconds) {
  return TableBuilder().dates("at", seconds).numbers("y", std::vector<double>{1, 2, 4}).finish({.target = "y"});
}

// Both are dates to a table, and the mean of one is far from the other.
TEST(GoingOn, KeepsTimesOfTheDayApartFromDates) {
  const PrepareOptions options{.target = {"y"}};
  const Table times = table_of({3600, 7200, 50400}), days = table_of({1.70e9, 1.71e9, 1.72e9});
  const TablePreparation of_times = TablePreparation::fit(times, {}, options),
                         of_days = TablePreparation::fit(days, {}, options);
  EXPECT_TRUE(goes_on(of_times, of_times, times, options));
  EXPECT_FALSE(goes_on(of_times, of_days, days, options));
  EXPECT_FALSE(goes_on(of_days, of_times, times, options));
}

}  // namespace
}  // namespace millrace
