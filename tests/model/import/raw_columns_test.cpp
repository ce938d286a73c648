// SPDX-License-Identifier: Apache-2.0
//
// Encoders in front of a network, as scikit-learn's pipelines have them. Whole pipelines: foreign_models_test.cpp.
#include "model/import/raw_columns.hpp"

#include <gtest/gtest.h>

#include "model/import/imported_model.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

using Texts = std::vector<std::string>;

// score = w * (age, one-hot town)
PlainGraph town_and_age() {
  PlainGraph graph;
  graph.inputs = {{"age", {1}}, {"town", {1}, ValueType::text}};
  graph.add("OneHotEncoder", "places", {"town"}, {{"cats_strings", Texts{"Rom", "Oslo"}}, {"zeros", std::int64_t{1}}});
  graph.add("Reshape", "place", {"places", graph.add_integers("two", {2}, {-1, 2})});
  graph.add("Concat", "all", {"age", "place"}, {{"axis", std::int64_t{1}}});
  graph.add_constant("w", {3, 1}, {1, 10, 100});
  graph.add("MatMul", "score", {"all", "w"});
  graph.outputs = {{"score", {1}}};
  return graph;
}

void refuses(const PlainGraph& graph, std::initializer_list<std::string> parts) {
  Model::State state;
  expect_error(ErrorKind::data, parts, [&] { import_model(graph, "skl2onnx 1.20.0", "m.onnx", state); });
}

TEST(RawColumns, CutsTheEncodersOff) {
  PlainGraph graph = town_and_age();
  ASSERT_TRUE(has_encoders(graph));
  const RawColumns raw = cut_raw_columns(graph, {}, "m.onnx");
  ASSERT_EQ(raw.columns.size(), 2U);
  EXPECT_EQ(raw.columns[1].levels, (Texts{"Rom", "Oslo"}));
  EXPECT_TRUE(raw.columns[0].used && raw.columns[1].used && raw.columns[1].text);
  ASSERT_EQ(graph.inputs.size(), 2U);
  EXPECT_EQ(raw.one_hot, std::set<std::string>{"places"});
  EXPECT_EQ(graph.nodes.size(), 3U);
}

TEST(RawColumns, BecomeATable) {
  Model::State state;
  import_model(town_and_age(), "skl2onnx 1.20.0", "m.onnx", state);
  ASSERT_TRUE(state.card.table);
  ASSERT_EQ(state.card.table->columns().size(), 2U);
  EXPECT_EQ(state.card.table->columns()[1]->levels(), (Texts{"Oslo", "Rom"}));
  // A slot for a category that is none of the file's, with weights of zero.
  EXPECT_EQ(state.store->values(0), (std::vector<float>{1, 0, 10, 100}));
  EXPECT_EQ(state.card.target_names, Texts{"target"});
}

TEST(RawColumns, OfNumbersAloneNeedNoTable) {
  PlainGraph graph;
  graph.inputs = {{"x", {3}}};
  graph.add("Imputer", "filled", {"x"}, {{"imputed_value_floats", std::vector<float>{1, 2, 3}}});
  EXPECT_FALSE(has_encoders(graph));
  graph.inputs = {{"x", {1}}};
  EXPECT_TRUE(has_encoders(graph));
}

TEST(RawColumns, NamesTheNodeThatCannotBeCut) {
  PlainGraph graph = town_and_age();
  graph.nodes[0] = {"Concat", "", {"town", "town"}, {"places"}, {{"axis", std::int64_t{1}}}};
  refuses(graph, {"node 4 of 4, 'score' (MatMul) reads the texts of column 'town'"});
  graph = town_and_age();
  graph.nodes[0].inputs = {"both"};
  graph.nodes.insert(graph.nodes.begin(),
                     GraphNode{"Concat", "", {"town", "town"}, {"both"}, {{"axis", std::int64_t{1}}}});
  refuses(graph, {"node 2 of 5, 'places' (OneHotEncoder) encodes 2 columns at once"});
  graph = town_and_age();
  graph.add("OneHotEncoder", "others", {"town"}, {{"cats_strings", Texts{"Bonn"}}});
  refuses(graph, {"node 5 of 5, 'others' (OneHotEncoder) encodes column 'town' in a second way"});
  graph = town_and_age();
  graph.nodes[0] = {"LabelEncoder",
                    "",
                    {"town"},
                    {"places"},
                    {{"keys_strings", Texts{"Rom", "Oslo"}}, {"values_int64s", std::vector<std::int64_t>{3, 4}}}};
  refuses(graph, {"node 1 of 4, 'places' (LabelEncoder) has codes other than 0, 1, 2"});
}

}  // namespace
}  // namespace millrace::test
