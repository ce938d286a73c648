// SPDX-License-Identifier: Apache-2.0
#include "model/input_columns.hpp"

#include <gtest/gtest.h>

#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

GraphInput named(std::vector<std::string> columns) { return {"x", std::move(columns), {}}; }
GraphInput placed(ColumnRange range) { return {"x", {}, range}; }

TEST(InputColumns, AreFoundByNameInTheOrderOfTheInput) {
  EXPECT_EQ(columns_of(named({"c", "a"}), 3, {"a", "b", "c"}), (std::vector<std::int64_t>{2, 0}));
}

TEST(InputColumns, AreCountedByPosition) {
  EXPECT_EQ(columns_of(placed({1, 2}), 4, {}), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(columns_of(placed({}), 3, {"a", "b", "c"}), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(InputColumns, RefuseColumnsThatTheTableDoesNotHave) {
  const auto refuses = [](const GraphInput& input, const std::vector<std::string>& names,
                          std::initializer_list<std::string> parts) {
    expect_error(ErrorKind::usage, parts, [&] { return columns_of(input, 4, names); });
  };
  refuses(named({"citty"}), {"a", "b", "c", "city"}, {"[x]", "unknown column 'citty'", "did you mean 'city'"});
  refuses(named({"city"}), {}, {"[x]", "the data has no names"});
  for (const ColumnRange range : {ColumnRange{3, 2}, ColumnRange{-1, 1}, ColumnRange{1, 0}})
    refuses(placed(range), {}, {"[x]", "from number", "has 4 feature columns"});
}

// A model that was read from a file has no description by the user, so graph() returns one made from the columns.
TEST(InputColumns, AreDescribedByAModelThatWasRead) {
  const Dataset data = people();
  const TemporaryDirectory folder;
  const Tensor x = input("x", {"b", "c"}), y = input("y", {"city"});
  Model model(concatenate({x, y}) | Dense{.units = 1});
  model.build(data).compile({.loss = MeanSquaredError{}});
  model.fit(data, {.epochs = 1});
  model.export_onnx(folder.file("m.onnx"));
  const Graph graph = Model::load_onnx(folder.file("m.onnx")).graph();
  ASSERT_EQ(graph.inputs.size(), 2U);
  EXPECT_EQ(graph.inputs[0].name, "x");
  EXPECT_EQ(graph.inputs[0].columns, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(graph.inputs[0].range, (ColumnRange{1, 2}));
  EXPECT_EQ(graph.inputs[1].columns, std::vector<std::string>{"city"});
  EXPECT_EQ(graph.inputs[1].range, (ColumnRange{3, 1}));

  Model whole{Dense{.units = 1}};
  whole.build(data).export_onnx(folder.file("whole.onnx"));
  const Graph all = Model::load_onnx(folder.file("whole.onnx")).graph();
  ASSERT_EQ(all.inputs.size(), 1U);
  EXPECT_TRUE(all.inputs[0].columns.empty()) << "all columns need no description";
}

TEST(InputColumns, ReachTheNetworkInTheOrderOfTheInput) {
  const Dataset data = people();
  Model model(input("x", {"c", "a"}) | Dense{.units = 1, .use_bias = false});
  model.build(data);
  model.set_weights("dense_1/kernel", std::vector<float>{100, 1});
  EXPECT_EQ(model.predict(data).row(3)[0], 100 * data.features.row(3)[2] + data.features.row(3)[0]);
  Model second(input("x", {1, 2}) | Dense{.units = 1, .use_bias = false});
  second.build(4);
  second.copy_weights(model);
  EXPECT_EQ(second.predict(data).row(3)[0], 100 * data.features.row(3)[1] + data.features.row(3)[2]);
}

TEST(InputColumns, AreStandardizedEachByItself) {
  const Dataset data = people();
  Model model(input("x", {"c", "a"}) | Dense{.units = 1, .use_bias = false}),
      plain{Dense{.units = 1, .use_bias = false}};
  model.build(data);
  model.standardize(data);
  plain.build(data);
  plain.standardize(data);
  model.set_weights("dense_1/kernel", std::vector<float>{3, 2});
  plain.set_weights("dense_1/kernel", std::vector<float>{2, 0, 3, 0});
  EXPECT_FLOAT_EQ(model.predict(data).row(9)[0], plain.predict(data).row(9)[0]);
}

}  // namespace
}  // namespace millrace::test
