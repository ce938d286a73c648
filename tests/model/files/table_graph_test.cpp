// SPDX-License-Identifier: Apache-2.0
//
// Models of tables as graphs: inputs are raw columns, and their graph gives what the model gives.
#include "model/files/table_graph.hpp"
#include "model/files/onnx_serving.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/random.hpp"
#include "export/graph_evaluator.hpp"
#include "export/onnx_file.hpp"
#include "millrace/millrace.hpp"
#include "model/files/export_verification.hpp"
#include "model/files/onnx.hpp"
#include "model/files/onnx_verify.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// 200 rows with a column of each kind, some cells missing. `names`: of the columns, as in the header.
std::string rows_of(const std::string& names) {
  const std::vector<std::string> cities{"Rome", "Oslo", "Lima", "S\u00e3o Paulo", "Kiel", "Nice, Provence"};
  std::string text = names + "\n";
  Random random(7, RandomStream::noise);
  for (int row = 0; row < 200; ++row) {
    const std::uint64_t city = random.below(cities.size()), plan = random.below(40);
    const double age = 20 + 60 * static_cast<double>(random.uniform());
    text += (random.below(9) == 0 ? "" : std::to_string(age)) + ",\"" + (random.below(9) == 0 ? "" : cities[city]) +
            "\"," +
            (random.below(9) == 0   ? ""
             : random.below(2) == 0 ? "no"
                                    : "Yes") +
            "," +
            (random.below(9) == 0
                 ? ""
                 : "20" + std::to_string(10 + random.below(10)) + "-0" + std::to_string(1 + random.below(9)) + "-15 1" +
                       std::to_string(random.below(10)) + ":30") +
            "," + (random.below(9) == 0 ? "" : std::to_string(plan)) + "," +
            (age > 50 || plan > 30 ? "gold"
             : city < 3            ? "silver"
                                   : "bronze") +
            "," + std::to_string(age * 1000) + "\n";
  }
  return text;
}

class TableGraph : public testing::Test {
 protected:
  Table table(const std::string& text, const std::string& target, std::map<std::string, ColumnKind> kinds = {}) {
    write_text(folder_.file("t.csv"), text);
    return read_table(folder_.file("t.csv"), {.target = target, .kinds = std::move(kinds)});
  }
  Table people(const std::string& target) {
    return table(rows_of("age,city,member,since,plan,class,price"), target, {{"plan", ColumnKind::category}});
  }
  // A model for the three classes.
  static Model classifier(const Table& rows, const PrepareOptions& options, const std::string& name = "dense_1") {
    Model model(Graph{.layers = {{.name = name, .layer = Dense{.units = 8, .activation = "relu"}},
                                 {.name = "dense_2", .layer = Dense{.units = 3, .activation = "softmax"}}}});
    model.prepare(rows, options);
    model.compile({.optimizer = Adam{.learning_rate = 0.01}, .loss = SparseCategoricalCrossentropy{}});
    model.fit(model.prepared(rows), {.epochs = 2, .seed = 1});
    return model;
  }
  std::string exported(const Model& model) const {
    const std::string path = folder_.file("model.onnx");
    model.export_onnx(path);
    return path;
  }
  static void expect_same_predictions(const Model& a, const Model& b, const Table& rows) {
    const Matrix first = a.predict(rows), second = b.predict(rows);
    for (std::int64_t r = 0; r < first.rows(); ++r) {
      for (std::int64_t c = 0; c < first.columns(); ++c) ASSERT_EQ(first.row(r)[c], second.row(r)[c]) << r;
    }
  }
  TemporaryDirectory folder_;
};

const PrepareOptions for_class{.target = {"class"}, .columns = {}, .hidden_categories = 0};

TEST_F(TableGraph, HasTheColumnsAsInputsOfTheirTypes) {
  const Table rows = people("class");
  const PlainGraph graph = read_onnx(exported(classifier(rows, for_class)));
  const std::vector<std::pair<std::string, ValueType>> expected{
      {"age", ValueType::real32},   {"city", ValueType::text},   {"member", ValueType::text},
      {"since", ValueType::real64}, {"plan", ValueType::real32}, {"price", ValueType::real32}};
  ASSERT_EQ(graph.inputs.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(graph.inputs[i].name, expected[i].first);
    EXPECT_EQ(graph.inputs[i].type, expected[i].second) << expected[i].first;
    EXPECT_EQ(graph.inputs[i].shape, Shape{1});
  }
  ASSERT_EQ(graph.outputs.size(), 2U);
  EXPECT_EQ(graph.outputs[0].name, "output");
  EXPECT_EQ(graph.outputs[1].name, "label");
  EXPECT_EQ(graph.outputs[1].type, ValueType::text);
  EXPECT_EQ(graph.outputs[1].shape, Shape{});
  EXPECT_EQ(nlohmann::json::parse(graph.metadata.at(outputs_key)),
            (nlohmann::json{{"scores", "output"}, {"label", "label"}}));
}

TEST_F(TableGraph, TheLabelHasTheNameThatIsAskedFor) {
  const Model model = classifier(people("class"), for_class);
  const auto outputs = [&](const OnnxOptions& options) {
    model.export_onnx(folder_.file("named.onnx"), options);
    return read_onnx(folder_.file("named.onnx"));
  };
  const PlainGraph graph = outputs({.label_name = "tier"});
  EXPECT_EQ(graph.outputs.at(1).name, "tier");
  EXPECT_EQ(nlohmann::json::parse(graph.metadata.at(outputs_key)).at("label"), "tier");
  for (const char* name : {"", "age", "dense_1", "output"})
    expect_error(ErrorKind::usage, {"[export]", "the label has the name '" + std::string(name) + "'"},
                 [&] { return outputs({.label_name = name}); });
  Model numbers{Dense{.units = 1}};
  numbers.build(3);
  expect_error(ErrorKind::usage,
               {"[export]",
                "label of a model that has none: it takes numbers in one tensor, and its file gives scores "
                "only, expected a model of a table"},
               [&] { return numbers.onnx_bytes({.label_name = "tier"}); });
}

TEST_F(TableGraph, AFileIsVerifiedOnRawRows) {
  const Table rows = people("class");
  const std::string path = exported(classifier(rows, for_class));
  const FileVerification found = verify_file(path, rows);
  EXPECT_EQ(found.check.rows, rows.rows);
  EXPECT_LT(found.check.difference, 1e-5);
  EXPECT_NE(found.certificate, "");
  PlainGraph graph = read_onnx(path);
  graph.constants.at("dense_1/kernel").values[0] += 1;
  write_onnx(graph, path);
  expect_error(ErrorKind::mismatch, {"another program has changed the model"}, [&] { return verify_file(path, rows); });
}

TEST_F(TableGraph, GivesWhatTheModelGivesForCellsMissingUnseenAndExtreme) {
  const Model model = classifier(people("class"), for_class);
  const PlainGraph graph = read_onnx(exported(model));
  const std::vector<double> age{33, nan, 1e30, -1e30}, since{1426377600.5, nan, -1e12, 1e12}, plan{7, nan, 0.5, 1e9},
      price{4e4, nan, 0, 1e30};
  const std::vector<std::string> city{"S\u00e3o Paulo", "", "Atlantis", "rome"}, member{"YES", "", "no", "n"};
  const auto column = [](const std::vector<double>& values, ValueType type) {
    return DoubleTensor{{4, 1}, values, {}, type};
  };
  const auto texts = [](const std::vector<std::string>& values) {
    return DoubleTensor{{4, 1}, {}, values, ValueType::text};
  };
  const std::vector<DoubleTensor> outputs = evaluate_graph(graph, {{"age", column(age, ValueType::real32)},
                                                                   {"city", texts(city)},
                                                                   {"member", texts(member)},
                                                                   {"since", column(since, ValueType::real64)},
                                                                   {"plan", column(plan, ValueType::real32)},
                                                                   {"price", column(price, ValueType::real32)}});
  std::vector<Cell> cells;
  for (std::size_t r = 0; r < 4; ++r)
    cells.insert(cells.end(), {age[r], city[r], member[r], since[r], plan[r], price[r]});
  const Matrix scores = model.predict(cells);
  for (std::int64_t r = 0; r < 4; ++r) {
    std::int64_t best = 0;
    for (std::int64_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(outputs[0].values[static_cast<std::size_t>(3 * r + c)], static_cast<double>(scores.row(r)[c]), 1e-5)
          << r;
      if (scores.row(r)[c] > scores.row(r)[best]) best = c;
    }
    EXPECT_EQ(outputs[1].texts[static_cast<std::size_t>(r)], model.classes()[static_cast<std::size_t>(best)]);
  }
}

TEST_F(TableGraph, KeepsThePreparationInTheFile) {
  const Table rows = people("class");
  const Model model = classifier(rows, for_class);
  const Model loaded = Model::load_onnx(exported(model));
  expect_same_predictions(model, loaded, rows);
  EXPECT_EQ(loaded.onnx_bytes(), model.onnx_bytes());
}

// Every prepared column is compared before a file is written.
TEST_F(TableGraph, IsExportedWithEveryWayToPrepareAColumn) {
  const Table rows = people("class");
  for (const char* scale : {"standard", "minmax", "robust", "quantile", "log1p", "none"}) {
    PrepareOptions options = for_class;
    options.all = {.missing = "mean", .scale = scale, .clip = 0.05};
    EXPECT_NO_THROW(static_cast<void>(classifier(rows, options).onnx_bytes())) << scale;
  }
  for (const char* encode : {"onehot", "embedding", "ordinal", "hash"}) {
    PrepareOptions options = for_class;
    options.all = {.missing = "-1", .indicator = false, .encode = encode, .buckets = 5};
    EXPECT_NO_THROW(static_cast<void>(classifier(rows, options).onnx_bytes())) << encode;
  }
  PrepareOptions few = for_class;
  few.all.buckets = 3;  // fewer than whole numbers in `plan`
  few.all.levels = 2;
  EXPECT_NO_THROW(static_cast<void>(classifier(rows, few).onnx_bytes()));
}

TEST_F(TableGraph, UndoesTheScaleOfTargets) {
  for (const char* way : {"standard", "log1p"}) {
    const Table rows = people("price");
    Model model{Dense{.units = 4, .activation = "tanh"}, Dense{.units = 1}};
    model.prepare(rows, {.target = {"price"}});
    const Dataset data = model.prepared(rows);
    model.scale_target(data, way).compile({.optimizer = Adam{}, .loss = MeanSquaredError{}});
    model.fit(data, {.epochs = 1, .seed = 1});
    const std::string file = exported(model);
    EXPECT_EQ(read_onnx(file).outputs.size(), 1U) << "numbers have no label";
    expect_same_predictions(model, Model::load_onnx(file), rows);
  }
}

TEST_F(TableGraph, LabelsOfWholeNumbersAreWholeNumbers) {
  std::string text = "x,y,grade\n";
  for (int row = 0; row < 60; ++row)
    text += std::to_string(row % 7) + "," + std::to_string(row) + "," + std::to_string(row % 7 > 3 ? 5 : -2) + "\n";
  const Table rows = table(text, "grade");
  Model model{Dense{.units = 1, .activation = "sigmoid"}};
  model.prepare(rows, {.target = {"grade"}});
  model.compile({.optimizer = Adam{.learning_rate = 0.1}, .loss = BinaryCrossentropy{}});
  model.fit(model.prepared(rows), {.epochs = 60, .seed = 1});
  const PlainGraph graph = read_onnx(exported(model));
  EXPECT_EQ(graph.outputs.at(1).type, ValueType::int64);
  const std::vector<DoubleTensor> outputs =
      evaluate_graph(graph, {{"x", {{3, 1}, {0, 6, 1}}}, {"y", {{3, 1}, {30, 30, 31}}}});
  EXPECT_EQ(outputs[1].shape, Shape{3});
  EXPECT_EQ(outputs[1].values, (std::vector<double>{-2, 5, -2}));
}

TEST_F(TableGraph, LeavesNamesToColumns) {
  const std::string names = "output,label,dense_1,dense_1/kernel,columns/output/fill,class,columns/features";
  const Table rows = table(rows_of(names), "class", {{"columns/output/fill", ColumnKind::category}});
  const Model model = classifier(rows, for_class);
  const std::string file = exported(model);
  const PlainGraph graph = read_onnx(file);
  EXPECT_EQ(graph.inputs.at(0).name, "output");
  EXPECT_EQ(graph.outputs.at(0).name, "output_1");
  EXPECT_EQ(graph.outputs.at(1).name, "label_1");
  EXPECT_EQ(nlohmann::json::parse(graph.metadata.at(outputs_key)),
            (nlohmann::json{{"scores", "output_1"}, {"label", "label_1"}}));
  expect_same_predictions(model, Model::load_onnx(file), rows);
}

TEST_F(TableGraph, GivesNoOutputTheNameOfALayer) {
  const Table rows = table(rows_of("output,city,member,since,plan,class,price"), "class");
  const PlainGraph graph = read_onnx(exported(classifier(rows, for_class, "output_1")));
  EXPECT_EQ(graph.outputs.at(0).name, "output_2");
}

TEST_F(TableGraph, IsVerifiedColumnByColumn) {
  const Table rows = people("class");
  const std::string file = exported(classifier(rows, for_class));
  const auto refuses = [&](const std::string& part, const std::function<void(PlainGraph&)>& change) {
    Model::State state;
    read_model(file, state);
    const auto verify = [&](const std::function<void(PlainGraph&)>& changed) {
      verify_export(state, [&] {
        PlainGraph graph = read_onnx(file);
        changed(graph);
        return graph;
      });
      return 0;
    };
    verify([](PlainGraph&) {});
    expect_error(ErrorKind::mismatch, {"[export]", part}, [&] { return verify(change); });
  };
  const auto node = [](PlainGraph& graph, const std::string& name) -> GraphNode& {
    return *std::ranges::find(graph.nodes, name, &GraphNode::name);
  };
  refuses("in column 'age'", [](PlainGraph& graph) { graph.constants.at("columns/age/fill").values[0] += 0.01F; });
  refuses("in column 'age'",
          [](PlainGraph& graph) { graph.constants.at("columns/age/scale/divisor").values[0] *= 1.00001F; });
  refuses("in column 'since'", [](PlainGraph& graph) { graph.constants.at("columns/since/origin").doubles[0] += 1e5; });
  refuses("in column 'city'", [&](PlainGraph& graph) {
    std::get<std::vector<std::string>>(node(graph, "columns/city/slot").attributes.at("keys_strings"))[0] = "Bonn";
  });
  refuses("the label '", [](PlainGraph& graph) {
    std::swap(graph.constants.at("label/classes").texts[0], graph.constants.at("label/classes").texts[1]);
  });
  refuses("no input 'age'", [](PlainGraph& graph) { graph.inputs[0].name = "years"; });
}

TEST_F(TableGraph, TakesWholeColumnsOnly) {
  const Table rows = table("size,kind,y\n1,a,1\n2,b,2\n3,a,3\n4,b,4\n5,c,5\n6,c,6\n", "y");
  ModelCard card;
  card.table = std::make_shared<const TablePreparation>(
      TablePreparation::fit(rows, {}, {.target = {"y"}, .all = {.encode = "onehot", .rare = 0}}));
  card.network.inputs = {{"features", {2}}};
  PlainGraph graph;
  card.columns = {{0, 1, 2, 3, 4}};
  EXPECT_EQ(join_columns(card, 0, {"size", "kind"}, graph), "columns/features");
  card.columns = {{1, 2, 3, 4}};
  EXPECT_EQ(join_columns(card, 0, {"size", "kind"}, graph), "kind");
  const std::vector<std::vector<std::int64_t>> parts{{0, 1, 2, 3}, {2, 3, 4}, {1, 2, 4, 3}, {9}};
  for (const std::vector<std::int64_t>& part : parts) {
    card.columns = {part};
    expect_error(ErrorKind::data, {"input 'features' takes a part of the columns"}, [&] {
      return join_columns(card, 0, {"size", "kind"}, graph);
    });
  }
}

}  // namespace
}  // namespace millrace::test
