// SPDX-License-Identifier: Apache-2.0
#include "table/target_class.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace millrace {
namespace {

std::int64_t class_of(const std::vector<float>& targets) {
  return class_of_targets(targets.data(), std::ssize(targets));
}

TEST(ClassOfTargets, IsTheNumberOfTheOnlyColumn) {
  EXPECT_EQ(class_of({0}), 0);
  EXPECT_EQ(class_of({3}), 3);
  EXPECT_EQ(class_of({1.5F}), 1);
}

TEST(ClassOfTargets, IsTheColumnOfTheFirstLargest) {
  EXPECT_EQ(class_of({0, 0, 1}), 2);
  EXPECT_EQ(class_of({0.1F, 0.6F, 0.3F}), 1);
  EXPECT_EQ(class_of({0, 1, 1}), 1);
}

// Their conversion to a whole number is undefined.
TEST(ClassOfTargets, OfNumbersThatNoClassHasIsNone) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const float target : {-1.0F, -0.5F, 4e9F, 1e30F, nan, infinity}) EXPECT_EQ(class_of({target}), -1) << target;
}

}  // namespace
}  // namespace millrace
