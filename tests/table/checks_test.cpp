// SPDX-License-Identifier: Apache-2.0
#include "table/checks.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/finite.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

struct Table {
  std::vector<float> x{1, 2, 3, 4, 5, 6}, y{0, 1, 0};
  [[nodiscard]] Dataset data() const { return Dataset::view(x, 2, y); }
};

TEST(Extents, WhatWouldBeReadWhereThereIsNothingIsRefused) {
  const Table table;
  check_extents(table.data(), "fit");
  const auto refused = [&](const std::function<void(Dataset&)>& change, std::initializer_list<std::string> parts,
                           ErrorKind kind = ErrorKind::usage) {
    Dataset data = table.data();
    change(data);
    expect_error(kind, parts, [&] { check_extents(data, "fit"); });
  };
  refused([](Dataset& d) { d.selection = {0, 3}; }, {"[fit]", "row number 3 is selected of a table of 3", "0 to 2"});
  refused([](Dataset& d) { d.selection = {-1}; }, {"row number -1"});
  refused([](Dataset& d) { d.targets.rows = 2; }, {"2 rows of targets for 3 rows of features"});
  refused([](Dataset& d) { d.features.stride = 1; }, {"features are 3x2, rows 1 apart"});
  refused([](Dataset& d) { d.targets.data = nullptr; }, {"targets are 3x1", "of no array"});
  refused([](Dataset& d) { d.feature_names = {"one"}; }, {"1 names of 2 feature columns"});
  refused([](Dataset& d) { d.target_names = {"one", "two"}; }, {"2 names of 1 target columns"});
  refused([](Dataset& d) { d.feature_names = {"a", "\xE9"}; }, {"the name of feature column 2 is not UTF-8"});
  refused([](Dataset& d) { d.classes = {"\xE9"}; }, {"the name of class 1 is not UTF-8"});
  refused([](Dataset& d) { d.features.rows = 0; }, {"no rows"}, ErrorKind::data);
  Dataset label = table.data();
  label.targets.columns = label.targets.stride = 1;
  label.classes = {"a", "b"};
  label.target_names = {"label"};
  check_extents(label, "fit");
}

TEST(FiniteFeatures, AreNamedWhereTheyAreNot) {
  Table table;
  check_finite_features(table.data(), "fit");
  for (const float bad : {NAN, -NAN, INFINITY, -INFINITY}) {
    for (std::size_t at = 0; at < table.x.size(); ++at) {
      Table broken;
      broken.x[at] = bad;
      Dataset data = broken.data();
      data.feature_names = {"a", "b"};
      const std::string place = std::string(at % 2 == 0 ? "'a'" : "'b'") + " of row " + std::to_string(at / 2 + 1);
      expect_error(ErrorKind::data, {"column " + place, "expected a finite number"},
                   [&] { check_finite_features(data, "fit"); });
      // A row that is not selected is not looked at.
      data.selection = {static_cast<std::int64_t>((at / 2 + 1) % 3)};
      check_finite_features(data, "fit");
    }
  }
}

TEST(FiniteFeatures, AreAllNumbersWithAnExponentBelowTheLargest) {
  constexpr float largest = std::numeric_limits<float>::max(), least = std::numeric_limits<float>::denorm_min();
  std::vector<float> values(37, -largest);
  values[5] = least;
  values[6] = 0;
  EXPECT_TRUE(all_finite(values.data(), std::ssize(values)));
  EXPECT_TRUE(all_finite(values.data(), 0));
  for (std::size_t at = 0; at < values.size(); ++at) {
    std::vector<float> broken = values;
    broken[at] = NAN;
    EXPECT_FALSE(all_finite(broken.data(), std::ssize(broken))) << at;
    EXPECT_TRUE(all_finite(broken.data(), static_cast<std::int64_t>(at))) << at;
  }
}

TEST(RowWeights, AreCheckedRowByRow) {
  const Table table;
  Dataset data = table.data();
  check_row_weights(data, "fit");
  data.weights = {0, 0.5F, 2};
  check_row_weights(data, "fit");
  const auto refused = [&](std::vector<float> weights, ErrorKind kind, const std::string& part) {
    data.weights = std::move(weights);
    expect_error(kind, {"[fit]", part}, [&] {
      check_row_weights(data, "fit");
      return 0;
    });
  };
  refused({1, 1}, ErrorKind::usage, "2 row weights for 3 rows");
  refused({1, -1, 1}, ErrorKind::data, "the weight of row 2 of array is -1");
  refused({1, 1, std::numeric_limits<float>::infinity()}, ErrorKind::data, "row 3 of array is inf");
  refused({1, std::numeric_limits<float>::quiet_NaN(), 1}, ErrorKind::data,
          "the weight of row 2 of array is missing, expected a number of 0 or more");
  refused({0, 0, 0}, ErrorKind::data, "every row weighs 0");
}

}  // namespace
}  // namespace millrace::test
