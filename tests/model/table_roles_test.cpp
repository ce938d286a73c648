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

TEST(TableTargets, OfAModelThatWasTrainedOnThemBesideItsTableAreFound) {
  const Table table = many_sizes(3, 7);
  Model model{Dense{.units = 2, .activation = "softmax"}};
  Numbers size;
  for (std::int64_t row = 0; row < table.rows; ++row) size.push_back(table.values.row(row)[table.column("size").place]);
  const Table beside = TableBuilder("sizes").numbers("size", size).finish();
  model.prepare(beside);
  model.compile({.optimizer = Adam{}, .loss = SparseCategoricalCrossentropy{}, .metrics = {"accuracy"}});
  Dataset data = model.prepared(beside);
  ASSERT_EQ(model.prepared(table).targets.rows, 0);
  Matrix targets(table.rows, 1);
  for (std::int64_t row = 0; row < table.rows; ++row) targets.row(row)[0] = static_cast<float>(row % 2);
  data.targets = targets.view();
  data.target_names = {"kind"};
  data.classes = {"3", "7"};
  model.fit(data, {.seed = 1});
  const Dataset found = model.prepared(table);
  EXPECT_EQ(found.target_names, data.target_names);
  EXPECT_EQ(found.classes, data.classes);
  for (std::int64_t row = 0; row < table.rows; ++row) ASSERT_EQ(*found.targets.row(row), *targets.row(row));
  EXPECT_EQ(model.evaluate(found).loss, model.evaluate(data).loss);
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
  expect_error(ErrorKind::data, {"[sizes] column 'kind', row 2: '1' is no class of the model, expected one of 3, 7"},
               [&] {
                 return model.prepared(sizes({0.1, 0.2}, {3, 1}));
               });
  const Model restored = Model::load_checkpoint(model.checkpoint_bytes());
  EXPECT_EQ(restored.evaluate(restored.prepared(one))["accuracy"], 1);
}

// Stars from 3 to 7 would be learned as 0 to 1.
TEST(TableTargets, ThatAreClassesAreNoNumbers) {
  const Table table = many_sizes(3, 7);
  Model model{Dense{.units = 1}};
  model.prepare(table, {.target = {"kind"}});
  model.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
  expect_error(ErrorKind::usage,
               {"[fit] column 'kind' of sizes holds the classes 3, 7, and a loss of numbers would learn",
                "from 0 in place of 3", "give the column the kind number"},
               [&] { return model.fit(model.prepared(table), {.epochs = 1}); });
  Numbers size, kind;
  for (int row = 0; row < 60; ++row) {
    size.push_back(row);
    kind.push_back(row % 2 == 0 ? 3 : 7);
  }
  const Table numbers = sizes(size, kind, {.target = "kind", .kinds = {{"kind", ColumnKind::number}}});
  Model other{Dense{.units = 1}};
  other.prepare(numbers, {.target = {"kind"}});
  other.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
  other.fit(other.prepared(numbers), {.epochs = 1});
  EXPECT_EQ(*other.prepared(table).targets.row(1), 7) << "classes of another table are numbers to this model";
  EXPECT_GE(other.evaluate(other.prepared(table)).loss, 0);
}

TEST(TableTargets, OfFewRowsAreToldApartBeyondFp32) {
  constexpr double large = 1 << 24;
  const Model model = trained_on(many_sizes(large, large + 1));
  const Dataset data = model.prepared(sizes({2.2, 0.1}, {large + 1, large}));
  EXPECT_EQ(*data.targets.row(0), 1);
  EXPECT_EQ(*data.targets.row(1), 0);
}

// Rows of a size, two columns of weights and a price.
Table prices(const Numbers& weight, const std::string& name = "weight") {
  Numbers size, price;
  for (std::size_t row = 0; row < weight.size(); ++row) {
    size.push_back(static_cast<double>(row));
    price.push_back(static_cast<double>(row * row));
  }
  return TableBuilder("prices").numbers("size", size).numbers(name, weight).numbers("price", price).finish({});
}

TEST(TableRoles, NameTheColumnsOfTargetsAndRowWeights) {
  const Table table = prices({1, 0, 2, 5});
  Model model{Dense{.units = 1}};
  model.prepare(table, {.target = {"price"}, .weight = "weight"});
  model.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
  model.fit(model.prepared(table), {.epochs = 1});
  const std::vector<float> weights{1, 0, 2, 5};
  EXPECT_EQ(model.prepared(table).weights, weights) << "those of the training";
  EXPECT_EQ(model.prepared(table, {.weight = "weight"}).weights, weights);
  EXPECT_EQ(model.prepared(prices({1, 0, 2, 5}, "w"), {.weight = "w"}).weights, weights);
  EXPECT_TRUE(model.prepared(prices({1, 0, 2, 5}, "w")).weights.empty());
  EXPECT_NE(model.evaluate(model.prepared(prices({1, 0, 2, 5}, "w"), {.weight = "w"})).loss,
            model.evaluate(model.prepared(prices({1, 0, 2, 5}, "w"))).loss);
  EXPECT_EQ(*model.prepared(table, {.target = "weight"}).targets.row(3), 5);
  EXPECT_EQ(model.prepared(table, {.target = "weight"}).target_names, std::vector<std::string>{"price"});
  Table ignored = table;
  ignored.columns[1].kind = ColumnKind::ignored;
  EXPECT_TRUE(model.prepared(ignored).weights.empty());
  expect_error(ErrorKind::usage, {"[prices] column 'weight' is named as row weights, and is not read"},
               [&] { return model.prepared(ignored, {.weight = "weight"}); });
  expect_error(ErrorKind::usage, {"unknown column 'heft'"}, [&] { return model.prepared(table, {.weight = "heft"}); });
  expect_error(ErrorKind::usage, {"unknown column 'cost'"}, [&] { return model.prepared(table, {.target = "cost"}); });
}

TEST(TableRoles, GiveATargetToAModelWithoutOne) {
  const Table table = prices({1, 0, 2, 5});
  Model model{Dense{.units = 1}};
  model.prepare(prices({1, 3, 2, 5}), {});
  const Dataset data = model.prepared(table, {.target = "price", .weight = "weight"}, 1);
  EXPECT_EQ(*data.targets.row(3), 9);
  EXPECT_EQ(data.target_names, std::vector<std::string>{"price"});
  EXPECT_EQ(data.weights, (std::vector<float>{1, 0, 2, 5}));
}

TEST(TableRoles, NameNoSingleTargetOfSeveral) {
  const Table table = prices({1, 0, 2, 5});
  Model model{Dense{.units = 2}};
  model.prepare(table, {.target = {"price", "weight"}});
  expect_error(ErrorKind::usage, {"the model has 2 targets, price, weight, and one is named, 'price'"},
               [&] { return model.prepared(table, {.target = "price"}); });
}

TEST(TableRoles, DoNotMatterForPredictions) {
  const Model model = trained_on(many_sizes(3, 7));
  EXPECT_EQ(*model.predict(sizes({2.2}, {5})).row(0), *model.predict(sizes({2.2}, {7})).row(0));
}

}  // namespace
}  // namespace millrace
