// SPDX-License-Identifier: Apache-2.0
#include "report/charts/heat_chart.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

namespace millrace::report {

namespace {

std::size_t strips(const std::string& picture) {
  return static_cast<std::size_t>(std::count(picture.begin(), picture.end(), 'z'));
}

TEST(HeatChart, DrawsMoreWhereMoreValuesAre) {
  const HeatChart chart{.title = "dense", .columns = {{1, 0, 10, {1, 0, 9}}, {2, 0, 10, {5, 5, 5}}}};
  const std::string picture = heat_chart(chart);
  std::vector<double> shades;
  for (std::size_t at = picture.find("fill-opacity"); at != std::string::npos;
       at = picture.find("fill-opacity", at + 1))
    shades.push_back(std::stod(picture.substr(at + 14)));
  EXPECT_GE(shades.size(), 3U);
  EXPECT_EQ(shades.back(), 1) << "the largest share";
  EXPECT_TRUE(std::ranges::is_sorted(shades));
}

TEST(HeatChart, IsSmallHoweverManyColumnsThereAre) {
  HeatChart chart{.title = "dense"};
  for (int i = 1; i <= 10'000; ++i) chart.columns.push_back({double(i), -1.0 / i, 1, std::vector<double>(32, i % 7)});
  const std::string picture = heat_chart(chart);
  EXPECT_LE(strips(picture), 60U * 40U);
  EXPECT_LT(picture.size(), 60'000U);
}

TEST(HeatChart, LeavesNoGapBetweenStrips) {
  HeatChart chart{.title = "dense"};
  for (int i = 1; i <= 43; ++i) chart.columns.push_back({double(i), 0, 1, {1}});
  const std::string picture = heat_chart(chart);
  std::set<std::string> begins, ends;
  const std::regex strip("M([0-9.]+) [0-9.]+V[0-9.]+H([0-9.]+)V");
  const std::sregex_iterator none;
  for (std::sregex_iterator at(picture.begin(), picture.end(), strip); at != none; ++at) {
    begins.insert((*at)[1]);
    ends.insert((*at)[2]);
  }
  EXPECT_EQ(begins.size(), 43U);
  std::erase_if(ends, [&](const std::string& end) { return begins.contains(end); });
  EXPECT_EQ(ends.size(), 1U) << "each strip ends where another begins, or at the end of the axis";
}

TEST(HeatChart, OfNothingOrOfASingleValueSaysSo) {
  EXPECT_NE(heat_chart({.title = "dense"}).find("There is no finite number to draw."), std::string::npos);
  EXPECT_NE(heat_chart({.title = "dense", .columns = {{1, 0, 0, {}}}}).find("There is no finite"), std::string::npos);
  const std::string one = heat_chart({.title = "dense", .columns = {{1, 0.5, 0.5, {4, 0}}}});
  EXPECT_EQ(one.find("nan"), std::string::npos) << "all weights are equal, in a single epoch";
  EXPECT_NE(one.find("class=\"fill heat\""), std::string::npos);
}

}  // namespace

}  // namespace millrace::report
