// SPDX-License-Identifier: Apache-2.0
//
// What a model takes from a table besides features: its targets, whose classes are those of the training, and row weights.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "millrace/millrace.hpp"
#include "support/expect_error.hpp"

namespace millrace {
namespace {

using test::expect_error;
using Numbers = std::vector<double>;

// Rows of a size and a kind; kind is `low` for the sizes below 1 and `high` for the others.
Table sizes(const Numbers& size, const Numbers& kind, const TableOptions& options = {.target = "kind"}) {
  return TableBuilder("sizes").numbers("size", size).numbers("kind", kind).finish(options);
}

Table many_sizes(double low, double high) {
  Numbers size, kind;
  for (int row = 0; row < 60; ++row) {
    size.push_back((row % 2) * 2 + 0.01 * row);
    kind.push_back(row % 2 == 0 ? low : high);
  }
  return sizes(size, kind);
}

Model trained_on(const Table& table) {
  Model model{Dense{.units = 2, .activation = "softmax"}};
  model.prepare(table, {.target = {"kind"}});
  model.compile(
      {.optimizer = Adam{.learning_rate = 0.1}, .loss = SparseCategoricalCrossentropy{}, .metrics = {"accuracy"}});
  model.fit(model.prepared(table), {.epochs = 60, .seed = 1});
  return model;
}

TEST(TableTargets, OfFewRowsHaveTheClassesOfTheModel) {
  const Model model = trained_on(many_sizes(3, 7));
  ASSERT_EQ(model.classes(), (std::vector<std::string>{"3", "7"}));
  const Table one = sizes({2.2}, {7});
  ASSERT_EQ(one.column("kind").kind, ColumnKind::number) << "one row does not say that its target holds classes";
  EXPECT_EQ(model.evaluate(model.prepared(one))["accuracy"], 1);
  EXPECT_EQ(model.evaluate(model.prepared(sizes({0.1, 2.2, 0.2}, {3, 7, 3})))["accuracy"], 1);
  EXPECT_EQ(model.evaluate(model.prepared(sizes({2.1, 2.2}, {7, 7})))["accuracy"], 1);
  EXPECT_TRUE(std::isnan(*model.prepared(sizes({2.1, 2.2}, {NAN, 7})).targets.row(0)));
  expect_error(ErrorKind::data,
               {"[sizes] column 'kind', row 2: '1' is no class of the model, expected one of '3', '7'"}, [&] {
                 return model.prepared(sizes({0.1, 0.2}, {3, 1}));
               });
  const Model restored = Model::load_checkpoint(model.checkpoint_bytes());
  EXPECT_EQ(restored.evaluate(restored.prepared(one))["accuracy"], 1);
}

TEST(TableTargets, OfFewRowsAreToldApartBeyondFp32) {
  constexpr double large = 1 << 24;
  const Model model = trained_on(many_sizes(large, large + 1));
  const Dataset data = model.prepared(sizes({2.2, 0.1}, {large + 1, large}));
  EXPECT_EQ(*data.targets.row(0), 1);
  EXPECT_EQ(*data.targets.row(1), 0);
}

}  // namespace
}  // namespace millrace
