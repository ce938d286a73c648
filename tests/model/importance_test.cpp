// SPDX-License-Identifier: Apache-2.0
#include "millrace/importance.hpp"

#include <gtest/gtest.h>

#include "millrace/targets.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;

// y = 3 a, and b is noise.
struct Linear {
  Linear() {
    for (int r = 0; r < 100; ++r) {
      x.insert(x.end(), {static_cast<float>(r * 7 % 20), static_cast<float>(r * 13 % 17)});
      y.push_back(3 * x[x.size() - 2]);
    }
    data = Dataset::view(x, 2, y);
    data.feature_names = {"a", "b"};
    model.build(data);
    model.compile({.loss = MeanSquaredError{}, .metrics = {"r2"}});
    model.set_weights("dense_1/kernel", std::vector<float>{3, 0});
  }
  std::vector<float> x, y;
  Dataset data;
  Model model{Dense{.units = 1}};
};

TEST(PermutationImportance, IsZeroForAColumnThatIsNotUsed) {
  const Linear linear;
  const std::vector<ColumnImportance> columns = permutation_importance(linear.model, linear.data);
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_EQ(columns[0].name, "a");
  EXPECT_GT(columns[0].worse, 100);
  EXPECT_GT(columns[0].deviation, 0);
  EXPECT_EQ(columns[1].worse, 0);
  EXPECT_EQ(linear.x[2], 7) << "the data stay";
}

TEST(PermutationImportance, KnowsWhichDirectionOfAMetricIsWorse) {
  const Linear linear;
  const std::vector<ColumnImportance> columns = permutation_importance(linear.model, linear.data, {.value = "r2"});
  EXPECT_EQ(columns[0].name, "a");
  EXPECT_GT(columns[0].worse, 1);
}

TEST(PermutationImportance, TheSeedDrawsTheOrders) {
  const Linear linear;
  const auto worse = [&](std::uint64_t seed) {
    return permutation_importance(linear.model, linear.data, {.seed = seed})[0].worse;
  };
  EXPECT_EQ(worse(1), worse(1));
  EXPECT_NE(worse(1), worse(2));
}

TEST(PermutationImportance, OfRawColumnsOfATable) {
  const test::TemporaryDirectory folder;
  std::string text = "city,when,y\n";
  for (int r = 0; r < 90; ++r)
    text +=
        "city" + std::to_string(r % 3) + ",2024-01-1" + std::to_string(r % 10) + "," + std::to_string(r % 3) + ".5\n";
  const Table table = read_table(folder.write("t.csv", text), {.target = "y", .kinds = {{"y", ColumnKind::number}}});
  Model model{Dense{.units = 8, .activation = "relu"}, Dense{.units = 1}};
  model.prepare(table, {.target = {"y"}});
  model.compile({.optimizer = Adam{.learning_rate = 0.02}, .loss = MeanSquaredError{}});
  model.fit(model.prepared(table), {.epochs = 60});
  const std::vector<ColumnImportance> columns = permutation_importance(model, table);
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_EQ(columns[0].name, "city");
  EXPECT_GT(columns[0].worse, 5 * std::abs(columns[1].worse));
}

TEST(PermutationImportance, OfATableWithoutATargetTakesThatOfOtherRows) {
  const test::TemporaryDirectory folder;
  std::string text = "city,noise,y\n", raw = "city,noise\n";
  for (int r = 0; r < 90; ++r) {
    const std::string cells = "city" + std::to_string(r % 3) + "," + std::to_string(r * 37 % 90);
    text += cells + "," + std::to_string(r % 3) + ".5\n";
    raw += cells + "\n";
  }
  const Table table = read_table(folder.write("t.csv", text), {.target = "y", .kinds = {{"y", ColumnKind::number}}});
  Model model{Dense{.units = 8, .activation = "relu"}, Dense{.units = 1}};
  model.prepare(table, {.target = {"y"}});
  model.compile({.optimizer = Adam{.learning_rate = 0.02}, .loss = MeanSquaredError{}});
  model.fit(model.prepared(table), {.epochs = 20});
  Dataset targets = model.prepared(table);
  fit_targets(targets, model);
  const std::vector<ColumnImportance> whole = permutation_importance(model, table);
  const std::vector<ColumnImportance> apart =
      permutation_importance(model, read_table(folder.write("raw.csv", raw)), targets);
  ASSERT_EQ(apart.size(), 2U);
  EXPECT_EQ(apart[0].name, whole[0].name);
  EXPECT_EQ(apart[0].worse, whole[0].worse);
  EXPECT_EQ(apart[1].worse, whole[1].worse);
  for (std::int64_t r = 0; r < 89; ++r) targets.selection.push_back(r);
  expect_error(ErrorKind::usage, {"[importance] the table has 90 rows and the targets 89, expected the same number"},
               [&] { return permutation_importance(model, table, targets); });
}

TEST(PermutationImportance, Refuses) {
  const Linear linear;
  expect_error(ErrorKind::usage, {"unknown value 'r3'", "r2"},
               [&] { return permutation_importance(linear.model, linear.data, {.value = "r3"}); });
  expect_error(ErrorKind::usage, {"0 repeats"},
               [&] { return permutation_importance(linear.model, linear.data, {.repeats = 0}); });
}

}  // namespace
}  // namespace millrace
