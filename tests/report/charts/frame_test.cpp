// SPDX-License-Identifier: Apache-2.0
#include "report/charts/frame.hpp"

#include <gtest/gtest.h>

namespace millrace::report {

namespace {

std::string frame_with(const std::vector<std::string>& names) {
  Frame frame{.x = {.least = -0.5, .most = static_cast<double>(names.size()) - 0.5}, .x_names = names};
  frame.place();
  return frame.begin("title");
}

TEST(Frame, GivesNamesTheRoomOfPlacesWithoutOne) {
  std::vector<std::string> names(20);
  names.front() = "2024-01-07";
  names.back() = "2024-12-28";
  const std::string picture = frame_with(names);
  EXPECT_NE(picture.find(">2024-01-07<"), std::string::npos);
  EXPECT_NE(picture.find(">2024-12-28<"), std::string::npos);
  EXPECT_EQ(picture.find("></text>"), picture.rfind("></text>")) << "only the axis may have no label";
}

TEST(Frame, ShortensNamesThatHaveNoRoom) {
  const std::string picture = frame_with(std::vector<std::string>(8, "a very long name of a level"));
  EXPECT_EQ(picture.find("a very long name of a level"), std::string::npos);
  EXPECT_NE(picture.find(">a ver"), std::string::npos);
}

}  // namespace

}  // namespace millrace::report
