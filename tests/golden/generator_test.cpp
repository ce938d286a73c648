// SPDX-License-Identifier: Apache-2.0
//
// The numbers that cases are made from: README.md, "Seeds".
#include <gtest/gtest.h>

#include "golden/golden_case.hpp"

namespace millrace::golden {
namespace {

using nlohmann::json;

TEST(Generator, RepeatsItsBits) {
  const std::vector<std::uint64_t> expected{12856410, 2114449, 11759674, 10617901};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(bits(1, i), expected[i]);
}

TEST(Generator, RepeatsItsFills) {
  EXPECT_EQ(fill({{"kind", "uniform"}, {"seed", 15475456}, {"low", 0.75}, {"high", 1.25}}, 4),
            (std::vector<float>{0.9159044F, 1.0782896F, 1.2326405F, 0.94332945F}));
  EXPECT_EQ(fill({{"kind", "integers"}, {"seed", 7}, {"count", 10}}, 8), (std::vector<float>{7, 1, 6, 9, 8, 9, 9, 8}));
  EXPECT_EQ(fill({{"kind", "constant"}, {"value", 0.5}}, 2), (std::vector<float>{0.5F, 0.5F}));
}

TEST(Generator, RepeatsItsTargets) {
  const std::vector<float> x = fill({{"kind", "uniform"}, {"seed", 7}, {"low", -1}, {"high", 1}}, 6);
  EXPECT_EQ(x, (std::vector<float>{0.47541118F, -0.79496264F, 0.30513966F, 0.9780946F, 0.77723825F, 0.9455024F}));
  const auto target = [&](const char* rule) { return targets({{"rule", rule}, {"columns", 2}, {"seed", 8}}, x, 2); };
  EXPECT_EQ(target("linear"), (std::vector<float>{0.66612345F, 0.43202084F, 1.5690336F, 0.40477747F}));
  EXPECT_EQ(target("share"), (std::vector<float>{0.6065901F, 0.39340988F, 0.7949259F, 0.20507407F}));
  EXPECT_EQ(target("class"), (std::vector<float>{0, 0}));
  EXPECT_EQ(target("one_hot"), (std::vector<float>{1, 0, 1, 0}));
}

TEST(Generator, AllCasesAreThere) { EXPECT_EQ(cases().size(), 220U); }

}  // namespace
}  // namespace millrace::golden
