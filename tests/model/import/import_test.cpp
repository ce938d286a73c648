// SPDX-License-Identifier: Apache-2.0
//
// Graphs that another program could have written, good and bad.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "export/graphs.hpp"
#include "export/onnx_file.hpp"
#include "export/onnx_proto.hpp"
#include "millrace/millrace.hpp"
#include "model/import/imported_model.hpp"
#include "ops/activations/activation.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

// y = act(x w) with a kernel of (3, 2).
PlainGraph product(const std::string& op, std::map<std::string, NodeAttribute> attributes = {}) {
  PlainGraph graph;
  graph.inputs = {{"x", {3}}};
  graph.outputs = {{"y", {2}}};
  graph.add_constant("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  graph.add("MatMul", "z", {"x", "w"});
  graph.add(op, "y", {"z"}, std::move(attributes));
  return graph;
}

void load(const PlainGraph& graph, Model::State& state) { import_model(graph, "pytorch 2.15.0", "m.onnx", state); }

void refuses(const PlainGraph& graph, std::initializer_list<std::string> parts, ErrorKind kind = ErrorKind::data) {
  Model::State state;
  expect_error(kind, {"[m.onnx] was made by pytorch 2.15.0, not by millrace, and cannot be imported: "},
               [&] { load(graph, state); });
  expect_error(kind, parts, [&] { load(graph, state); });
}

TEST(Import, TakesTheMatrixAsTheKernel) {
  Model::State state;
  load(product("Relu"), state);
  ASSERT_EQ(state.network->nodes().size(), 1U);
  EXPECT_EQ(state.network->nodes()[0].name, "dense_1");
  EXPECT_EQ(state.network->nodes()[0].layer->activation()->text(), "relu");
  EXPECT_EQ(state.store->values(0), (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST(Import, FoldsScalesIntoTheLayerBeforeThem) {
  PlainGraph graph = product("Relu");
  graph.nodes.pop_back();
  graph.add_constant("a", {2}, {2, 10});
  graph.add_constant("b", {1, 2}, {1, -1});
  graph.add("Mul", "scaled", {"z", "a"});
  graph.add("Add", "moved", {"scaled", "b"});
  graph.add("Tanh", "y", {"moved"});
  Model::State state;
  load(graph, state);
  ASSERT_EQ(state.network->nodes().size(), 1U);
  EXPECT_EQ(state.store->values(0), (std::vector<float>{2, 20, 6, 40, 10, 60}));
  EXPECT_EQ(state.store->values(1), (std::vector<float>{1, -1}));
}

TEST(Import, TakesScalesNearTheLimitsOfFp32) {
  for (const float scale : {1e-31F, 1e-37F}) {  // the inputs that the scale makes 1 are 1e31 and 1e37
    PlainGraph graph = product("Relu");
    graph.nodes.clear();
    graph.add_constant("s", {1, 3}, {scale, scale, scale});
    graph.add("Mul", "scaled", {"x", "s"});
    graph.add("MatMul", "z", {"scaled", "w"});
    graph.add("Relu", "y", {"z"});
    Model::State state;
    load(graph, state);
    ASSERT_EQ(state.preparation.scale.size(), 3U);
    EXPECT_NEAR(state.preparation.scale[0] * scale, 1, 1e-6);
  }
}

TEST(Import, NamesTheNodeAndItsPlace) {
  refuses(product("Sin"), {"node 2 of 2, 'y' (Sin)", "is no operator of a layer that millrace has"});
  refuses(product("Swoosh"), {"operators that millrace does not have: node 2 of 2, 'y' (Swoosh)"});
  refuses(product("ReduceSum", {{"axes", std::vector<std::int64_t>{1}}}), {"node 2 of 2, 'y' (ReduceSum)"});
}

TEST(Import, NamesEveryUnknownOperator) {
  PlainGraph graph = product("Swoosh");
  graph.add("Whirl", "w2", {"y"});
  graph.outputs[0].name = "w2";
  refuses(graph, {"node 2 of 3, 'y' (Swoosh); node 3 of 3, 'w2' (Whirl)"});
}

TEST(Import, CombinesBranches) {
  for (const auto& [op, layer] : {std::pair("Add", "add"), std::pair("Sub", "subtract"), std::pair("Mul", "multiply"),
                                  std::pair("Max", "maximum"), std::pair("Min", "minimum")}) {
    PlainGraph graph = product("Tanh");
    graph.add(op, "m", {"y", "z"});
    graph.outputs[0].name = "m";
    Model::State state;
    load(graph, state);
    ASSERT_EQ(state.network->nodes().size(), 3U) << op;
    EXPECT_EQ(state.network->nodes()[0].layer->activation()->text(), "linear") << op;  // both read it
    EXPECT_EQ(state.network->nodes()[2].config.op, layer) << op;
  }
}

TEST(Import, RefusesBranchesThatNoLayerCombines) {
  PlainGraph graph = product("Relu");
  graph.add("Div", "m", {"y", "z"});
  graph.outputs[0].name = "m";
  refuses(graph, {"node 3 of 3, 'm' (Div)", "combines 2 values, expected one, or Add, Sub, Mul, Max, Min or Concat"});
  // One number for both units.
  graph = product("Relu");
  graph.add_constant("v", {3, 1}, {1, 2, 3});
  graph.add("MatMul", "gate", {"x", "v"});
  graph.add("Mul", "m", {"y", "gate"});
  graph.outputs[0].name = "m";
  refuses(graph, {"node 4 of 4, 'm' (Mul) combines values of shapes (2) and (1), expected the same shape"});
}

// Halves of one layer, of which only one passes through the gate.
TEST(Import, PartsOfALayerAreCombined) {
  PlainGraph graph;
  graph.inputs = {{"x", {3}}};
  graph.outputs = {{"y", {2}}};
  graph.add_constant("w", {3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4});
  graph.add("MatMul", "z", {"x", "w"});
  graph.nodes.push_back({"Split", "halves", {"z"}, {"a", "b"}, {{"axis", std::int64_t{1}}}});
  graph.add("Sigmoid", "gate", {"b"});
  graph.add("Mul", "y", {"a", "gate"});
  Model::State state;
  load(graph, state);
  std::vector<std::string> layers;
  for (const NetworkNode& node : state.network->nodes()) {
    layers.push_back(node.config.op);
    // The layers that choose the halves stay as they are.
    EXPECT_EQ(node.trainable, node.name == "dense_1" || layers.back() != "dense") << node.name;
  }
  EXPECT_EQ(layers, (std::vector<std::string>{"dense", "activation", "dense", "dense", "multiply"}));
}

// "same" numbers under two names: an activation of one of them is not an activation of the layer.
TEST(Import, LayersThatOthersReadStayAsTheyAre) {
  PlainGraph graph = product("Relu");
  graph.nodes.pop_back();
  graph.add("Reshape", "r", {"z", graph.add_integers("shape", {2}, {-1, 2})});
  graph.add("Relu", "positive", {"r"});
  graph.add("Add", "y", {"positive", "z"});
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.network->nodes()[0].layer->activation()->text(), "linear");
}

TEST(Import, MultipliesEveryVectorOfASequence) {
  PlainGraph graph;
  graph.inputs = {{"x", {4, 3}}};
  graph.outputs = {{"y", {8}}};
  graph.add_constant("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  graph.add("MatMul", "z", {"x", "w"});
  graph.add("Relu", "r", {"z"});
  graph.add("Flatten", "y", {"r"});
  Model::State state;
  load(graph, state);
  ASSERT_EQ(state.network->nodes().size(), 3U);  // reshape, conv2d, flatten
  EXPECT_EQ(state.network->nodes()[1].layer->activation()->text(), "relu");
  EXPECT_EQ(state.store->values(0), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  // Vectors whose numbers do not lie side by side.
  graph.inputs[0].shape = {3, 4};
  graph.add("Transpose", "turned", {"x"}, {{"perm", std::vector<std::int64_t>{0, 2, 1}}});
  std::rotate(graph.nodes.begin(), graph.nodes.end() - 1, graph.nodes.end());
  graph.nodes[1].inputs[0] = "turned";
  refuses(graph, {"node 2 of 4, 'z' (MatMul) takes rows of shape (4, 3) whose numbers lie in another order"});
}

// As Keras writes it: Reshape to (rows times vectors, width), MatMul, Reshape back.
TEST(Import, MergesReshapesAroundAProduct) {
  PlainGraph graph;
  graph.inputs = {{"x", {4, 3}}};
  graph.outputs = {{"y", {8}}};
  graph.add_constant("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  graph.add("Reshape", "rows", {"x", graph.add_integers("flat", {2}, {-1, 3})});
  graph.add("MatMul", "z", {"rows", "w"});
  graph.add("Reshape", "back", {"z", graph.add_integers("extents", {3}, {-1, 4, 2})});
  graph.add("Flatten", "y", {"back"});
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.network->nodes().size(), 3U);  // reshape, conv2d, flatten
  // The vectors of a row do not stay together.
  graph.constants["extents"].integers = {-1, 2, 2};
  graph.outputs[0].shape = {4};
  refuses(graph, {"node 1 of 4, 'rows' (Reshape) gives a value of shape (8, 3) for 2 rows, expected one value a row"});
}

// A convolution of three filters.
PlainGraph line(const std::vector<std::int64_t>& pads) {
  PlainGraph graph;
  graph.inputs = {{"x", {2, 6}}};
  graph.outputs = {{"y", {1}}};
  graph.add_constant("w", {3, 2, 3}, std::vector<float>(18, 0.5F));
  graph.add("Conv", "c", {"x", "w"}, {{"pads", pads}, {"kernel_shape", std::vector<std::int64_t>{3}}});
  graph.add("Flatten", "f", {"c"});
  graph.add_constant("v", {18, 1}, std::vector<float>(18, 0.1F));
  graph.add("MatMul", "y", {"f", "v"});
  return graph;
}

TEST(Import, ConvolutionsOfLinesAreThoseOfImagesOfHeightOne) {
  Model::State state;
  load(line({1, 1}), state);
  ASSERT_EQ(state.network->nodes().size(), 4U);  // reshape, conv2d, flatten, dense
  EXPECT_EQ(state.network->nodes()[0].output, (Shape{1, 6, 2}));
  EXPECT_EQ(state.network->nodes()[1].output, (Shape{1, 6, 3}));
}

// The convolution takes the columns of the input with channels last, and the sum takes them from the input, too.
TEST(Import, InputsThatBecomeImagesAreReadElsewhere) {
  PlainGraph graph = line({1, 1});
  graph.constants["w"] = {{2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  graph.constants["v"] = {{12, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  graph.nodes.erase(graph.nodes.begin() + 1, graph.nodes.end());
  graph.add("Add", "sum", {"x", "c"});
  graph.add("Flatten", "f", {"sum"});
  graph.add("MatMul", "y", {"f", "v"});
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.card.columns[0], (std::vector<std::int64_t>{0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11}));
}

TEST(Import, RefusesConvolutionsOfLinesThatNoImageHas) {
  refuses(line({2, 0}), {"node 1 of 3, 'c' (Conv) pads by (0, 2, 0, 0)"});
  refuses(line({1, 1, 1}), {"node 1 of 3, 'c' (Conv) cannot be computed"});
  PlainGraph graph = line({0, 0});
  graph.constants["w"] = {{3, 2, 1, 1, 1}, std::vector<float>(6, 0.5F)};
  refuses(graph, {"node 1 of 3, 'c' (Conv) cannot be computed"});
}

TEST(Import, RefusesPaddingThatNoLayerHas) {
  PlainGraph graph;
  graph.inputs = {{"x", {1, 6, 6}}};
  graph.outputs = {{"y", {36}}};
  graph.add_constant("w", {1, 1, 3, 3}, std::vector<float>(9, 1));
  graph.add("Conv", "c", {"x", "w"},
            {{"pads", std::vector<std::int64_t>{2, 2, 0, 0}}, {"strides", std::vector<std::int64_t>{1, 1}}});
  graph.add("Flatten", "y", {"c"});
  refuses(graph, {"node 1 of 2, 'c' (Conv) pads by (2, 2, 0, 0)"});
}

// A few bytes must neither cost gigabytes nor let the evaluator read beyond a kernel.
TEST(Import, RefusesWindowsThatNoImageHas) {
  using Numbers = std::vector<std::int64_t>;
  const auto refuses_window = [](const std::string& attribute, const Numbers& numbers, const std::string& part) {
    PlainGraph graph;
    graph.inputs = {{"x", {1, 6, 6}}};
    graph.outputs = {{"y", {36}}};
    graph.add_constant("w", {1, 1, 3, 3}, std::vector<float>(9, 1));
    graph.add("Conv", "c", {"x", "w"}, {{attribute, numbers}});
    graph.add("Flatten", "y", {"c"});
    refuses(graph, {"node 1 of 2, 'c' (Conv) cannot be computed: ", part});
  };
  constexpr std::int64_t large = std::int64_t{1} << 31;
  refuses_window("pads", {large, 0, 0, 0}, "pads by 2147483648, expected 0 to 3");
  refuses_window("pads", {0, 0, 0, -1}, "pads by -1, expected 0 to 3");
  refuses_window("pads", {1, 1, 1}, "attribute pads is not a list of 4 whole numbers");
  refuses_window("strides", {1}, "attribute strides is not a list of 2 whole numbers");
  refuses_window("strides", {0, 1}, "a window, stride or dilation of 0, expected 1 to");
  refuses_window("dilations", {large, 1}, "a window, stride or dilation of 2147483648, expected 1 to 1073741824");
  refuses_window("kernel_shape", {5, 5}, "kernel_shape is (5, 5), but the kernel has shape (1, 1, 3, 3)");
}

TEST(Import, RefusesAGraphWithoutAnOutputOfNumbers) {
  PlainGraph graph = product("Relu");
  graph.outputs[0].type = ValueType::int64;
  refuses(graph, {"no output of floating-point numbers"});
}

TEST(Import, RefusesNumbersThatAreQuantisedAlready) {
  PlainGraph graph = product("DequantizeLinear");
  graph.nodes.back().inputs.push_back(graph.add_constant("scale", {}, {0.1F}));
  refuses(graph,
          {"is quantised already (node 2 of 2, 'y' (DequantizeLinear))", "expected the network with its numbers"});
  refuses(product("QLinearMatMul"), {"is quantised already"});
}

// A file of a kilobyte must not cost gigabytes.
TEST(Import, RefusesMoreColumnsThanMemoryShouldHold) {
  for (const std::int64_t columns : {std::int64_t{100'000'000}, std::int64_t{1} << 62}) {
    PlainGraph graph;
    graph.inputs = {{"x", {columns}}};
    graph.outputs = {{"y", {columns}}};
    graph.add("Relu", "y", {"x"});
    refuses(graph, {"input 'x' of shape (" + std::to_string(columns) + ")", "at most 1000000 numbers in all inputs"});
  }
}

TEST(Import, RefusesWeightsThatAreNotFinite) {
  PlainGraph graph = product("Relu");
  graph.constants["w"].values[2] = std::numeric_limits<float>::infinity();
  refuses(graph, {"not finite"});
}

TEST(Import, NamesTheNodeThatCannotBeComputed) {
  PlainGraph graph = product("Dropout");
  graph.add_constant("ratio", {}, {0.5F});
  graph.add_constant("training", {}, {1});
  graph.nodes.back().inputs = {"z", "ratio", "training"};
  refuses(graph, {"node 2 of 2, 'y' (Dropout) cannot be computed: training mode is set"});
  graph.constants["training"].values = {0};
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.network->nodes().size(), 1U);
}

TEST(Import, RefusesNodesWithoutTheirInputs) {
  PlainGraph graph = product("Add");
  refuses(graph, {"node 2 of 2, 'y' (Add) cannot be computed: has 1 inputs, expected 2 or more"});
  graph.nodes.back().inputs = {"z", ""};
  refuses(graph, {"node 2 of 2, 'y' (Add) cannot be computed: has 1 inputs"});
}

TEST(Import, PadsBelongToTheConvolution) {
  PlainGraph graph;
  graph.inputs = {{"x", {1, 4, 4}}};
  graph.outputs = {{"y", {16}}};
  graph.add("Pad", "p", {"x", graph.add_integers("pads", {8}, {0, 0, 1, 1, 0, 0, 1, 1})});
  graph.add_constant("w", {1, 1, 3, 3}, std::vector<float>(9, 1));
  graph.add("Conv", "c", {"p", "w"});
  graph.add("Flatten", "y", {"c"});
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.network->nodes().size(), 3U);  // reshape, conv2d, flatten
  graph.add_constant("one", {}, {1});
  graph.nodes[0].inputs.push_back("one");
  refuses(graph, {"node 1 of 3, 'p' (Pad)"});
}

TEST(Import, ClipsAreActivations) {
  for (const auto& [least, most, name] : {std::tuple(0.0F, 6.0F, "relu6"), std::tuple(-1.0F, 1.0F, "hard_tanh")}) {
    PlainGraph graph = product("Clip");
    graph.nodes.back().inputs = {"z", graph.add_constant("least", {}, {least}), graph.add_constant("most", {}, {most})};
    Model::State state;
    load(graph, state);
    EXPECT_EQ(state.network->nodes()[0].layer->activation()->text(), name);
  }
}

// PyTorch pads on both sides where "same" would pad behind the image only: the kernel gets a row and a column of zeros.
TEST(Import, KernelsGrowWhereThePaddingIsBefore) {
  PlainGraph graph;
  graph.inputs = {{"x", {1, 8, 8}}};
  graph.outputs = {{"y", {16}}};
  graph.add_constant("w", {1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  graph.add("Conv", "c", {"x", "w"},
            {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}, {"strides", std::vector<std::int64_t>{2, 2}}});
  graph.add("Flatten", "y", {"c"});
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.store->values(0), (std::vector<float>{1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0}));
}

TEST(Import, InputsMayHaveTheNamesOfLayers) {
  PlainGraph graph = product("Relu");
  graph.inputs[0].name = graph.nodes[0].inputs[0] = "dense_1";
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.network->nodes()[0].name, "dense_2");
}

TEST(Import, InputsThatNothingReadsKeepTheirColumns) {
  PlainGraph graph = product("Relu");
  graph.inputs.insert(graph.inputs.begin(), {"mask", {2}});
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.card.feature_columns, 5);
  EXPECT_EQ(state.card.columns[0], (std::vector<std::int64_t>{2, 3, 4}));
}

TEST(Import, PartsOfALayerGoOn) {
  PlainGraph graph = product("Relu");
  graph.add_integers("first", {1}, {1});
  graph.add("Gather", "part", {"y", "first"}, {{"axis", std::int64_t{1}}});
  graph.add_constant("v", {1, 1}, {3});
  graph.add("MatMul", "end", {"part", "v"});
  graph.outputs = {{"end", {1}}};
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.store->values(1), (std::vector<float>{0, 3}));
  // The layer may as well have fewer units, unless each of them needs all.
  graph.outputs = {{"part", {1}}};
  graph.nodes.pop_back();
  Model::State one_unit;
  load(graph, one_unit);
  EXPECT_EQ(one_unit.store->values(0), (std::vector<float>{2, 4, 6}));
  graph.nodes[1].op = "Softmax";
  graph.nodes[1].attributes["axis"] = std::int64_t{-1};
  refuses(graph, {"the output is a part of what a layer computes"});
}

TEST(Import, OneHotRowsStayAsTheyAre) {
  PlainGraph graph;
  graph.inputs = {{"c", {1}, ValueType::int64}};
  graph.outputs = {{"y", {1}}};
  graph.add_integers("depth", {}, {3});
  graph.add_constant("values", {2}, {0, 1});
  graph.add("OneHot", "o", {"c", "depth", "values"});
  graph.add("Flatten", "f", {"o"});
  graph.add_constant("w", {3, 1}, {5, 6, 7});
  graph.add("MatMul", "y", {"f", "w"});
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.network->nodes()[0].config.op, "embedding");
  EXPECT_FALSE(state.network->nodes()[0].trainable);
}

TEST(Import, OwnFilesWithoutTheirCardAreNotForeign) {
  PlainGraph graph = product("Relu");
  graph.metadata["millrace.format"] = "2";
  const std::string bytes = serialize_onnx(graph);
  expect_error(ErrorKind::data, {"no metadata 'millrace.model'"},
               [&] { return Model::load_onnx(std::as_bytes(std::span(bytes))); });
}

// millrace.sklearn.to_onnx() names millrace as the maker, too.
TEST(Import, FilesThatDescribeNoModelOfOursAreForeign) {
  const std::string bytes = serialize_onnx(product("Relu"));
  EXPECT_EQ(parse_onnx_content(bytes, "m.onnx").maker.substr(0, 8), "millrace");
  EXPECT_NO_THROW(static_cast<void>(Model::load_onnx(std::as_bytes(std::span(bytes)))));
}

// The bytes of a file of another maker, changed.
template <class Change>
void expect_file_refused(const std::string& part, const Change& change) {
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(serialize_onnx(product("Relu"))));
  model.set_producer_name("pytorch");
  change(model);
  const std::string bytes = model.SerializeAsString();
  expect_error(ErrorKind::data, {part}, [&] { return Model::load_onnx(std::as_bytes(std::span(bytes))); });
}

TEST(Import, RefusesDamagedFiles) {
  expect_file_refused("that reads 'later'",
                      [](onnx::ModelProto& m) { m.mutable_graph()->mutable_node(0)->set_input(0, "later"); });
  expect_file_refused("that reads 'w'", [](onnx::ModelProto& m) { m.mutable_graph()->clear_initializer(); });
  expect_file_refused("keeps its numbers in another file", [](onnx::ModelProto& m) {
    auto& tensor = *m.mutable_graph()->mutable_initializer(0);
    tensor.set_data_location(onnx::TensorProto_DataLocation_EXTERNAL);
    tensor.add_external_data()->set_value("../../weights");
  });
  expect_file_refused("by its shape", [](onnx::ModelProto& m) {
    m.mutable_graph()->mutable_initializer(0)->set_dims(0, std::int64_t{1} << 62);
  });
  expect_file_refused("of the domain 'com.microsoft'",
                      [](onnx::ModelProto& m) { m.mutable_graph()->mutable_node(0)->set_domain("com.microsoft"); });
  expect_file_refused("defines functions", [](onnx::ModelProto& m) { m.add_functions()->set_name("f"); });
  expect_file_refused("is a subgraph", [](onnx::ModelProto& m) {
    auto& attribute = *m.mutable_graph()->mutable_node(0)->add_attribute();
    attribute.set_name("body");
    attribute.set_type(onnx::AttributeProto_AttributeType_GRAPH);
  });
  expect_file_refused("COMPLEX64", [](onnx::ModelProto& m) {
    m.mutable_graph()->mutable_initializer(0)->set_data_type(onnx::TensorProto_DataType_COMPLEX64);
  });
}

TEST(Import, TakesManyInputs) {
  constexpr int count = 20000;
  PlainGraph graph;
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.push_back("c" + std::to_string(i));
    graph.inputs.push_back({names.back(), {1}});
  }
  graph.add("Concat", "all", names, {{"axis", std::int64_t{1}}});
  graph.add_constant("w", {count, 1}, std::vector<float>(count, 0.01F));
  graph.add("MatMul", "y", {"all", "w"});
  graph.outputs = {{"y", {1}}};
  Model::State state;
  load(graph, state);
  EXPECT_EQ(state.card.feature_names.size(), static_cast<std::size_t>(count));
}

}  // namespace
}  // namespace millrace::test
