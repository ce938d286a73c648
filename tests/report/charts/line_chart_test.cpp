// SPDX-License-Identifier: Apache-2.0
#include "report/charts/line_chart.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace millrace::report {

namespace {

TEST(LineChart, DrawsEachOfManyLinesInItsOwnWay) {
  LineChart chart{.title = "loss"};
  for (int i = 1; i <= 18; ++i)
    chart.lines.push_back({.name = "run " + std::to_string(i), .points = {{1, double(i)}, {2, 0}}, .colour = i});
  const std::string picture = line_chart(chart);
  std::multiset<std::string> classes;
  const std::regex path("<path class=\"line ([^\"]+)\"");
  for (std::sregex_iterator at(picture.begin(), picture.end(), path), none; at != none; ++at) classes.insert((*at)[1]);
  EXPECT_EQ(classes.size(), 36U) << "in the legend and in the picture";
  EXPECT_EQ(std::set<std::string>(classes.begin(), classes.end()).size(), 18U);
  EXPECT_EQ(classes.count("c1"), 2U);
  EXPECT_EQ(classes.count("c1 bold"), 2U);
  EXPECT_EQ(classes.count("c6 fine"), 2U);
}

}  // namespace

}  // namespace millrace::report
