// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <limits>

#include "export/graphs.hpp"
#include "export/onnx_check.hpp"
#include "export/onnx_file.hpp"
#include "export/onnx_proto.hpp"
#include "support/expect_error.hpp"
#include "support/faulty_files.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::columns_and_label;
using test::expect_error;
using test::FaultyFiles;
using test::one_node;
using test::read_text;
using test::same;
using test::TemporaryDirectory;
using test::two_layers;
using test::write_text;

onnx::ModelProto written(const PlainGraph& graph, const OnnxVersion& version = {}) {
  TemporaryDirectory folder;
  write_onnx(graph, folder.file("m.onnx"), version);
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(read_text(folder.file("m.onnx"))));
  return model;
}

PlainGraph there_and_back(const PlainGraph& graph) {
  TemporaryDirectory folder;
  write_onnx(graph, folder.file("m.onnx"));
  return read_onnx(folder.file("m.onnx"));
}

void expect_refused(ErrorKind kind, std::initializer_list<std::string> parts, const PlainGraph& graph,
                    const OnnxVersion& version = {}) {
  TemporaryDirectory folder;
  expect_error(kind, parts, [&] { write_onnx(graph, folder.file("m.onnx"), version); });
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(OnnxWrite, ANetworkComesBackEqual) { EXPECT_TRUE(same(there_and_back(two_layers()), two_layers())); }

TEST(OnnxWrite, EveryKindOfAttributeComesBackEqual) {
  PlainGraph graph;
  graph.inputs = {{"x", {3, 2}}};
  graph.outputs = {{"y", {1, 2, 4}}};
  graph.add_constant("w", {1, 4, 3}, std::vector<float>(12, 0.5F));
  graph.add_constant("r", {1, 4, 4}, std::vector<float>(16, std::numeric_limits<float>::denorm_min()));
  graph.add("Transpose", "t", {"x"}, {{"perm", std::vector<std::int64_t>{0, 2, 1}}});
  graph.add("RNN", "y", {"t", "w", "r"},
            {{"hidden_size", std::int64_t{4}},
             {"clip", 0.1F},
             {"direction", "forward"},
             {"activation_alpha", std::vector<float>{0.25F}}});
  graph.nodes.back().outputs = {"y", ""};
  EXPECT_TRUE(same(there_and_back(graph), graph));
}

TEST(OnnxWrite, TextsAndDoublesComeBackEqual) {
  EXPECT_TRUE(same(there_and_back(columns_and_label()), columns_and_label()));
}

TEST(OnnxWrite, NamesTheOpsetOfAiOnnxMlWhereANodeNeedsIt) {
  const onnx::ModelProto model = written(columns_and_label());
  EXPECT_EQ(model.ir_version(), 7);
  ASSERT_EQ(model.opset_import_size(), 2);
  EXPECT_EQ(model.opset_import(0).version(), 13);
  EXPECT_EQ(model.opset_import(1).domain(), "ai.onnx.ml");
  EXPECT_EQ(model.opset_import(1).version(), 2);
  EXPECT_EQ(model.graph().input(0).type().tensor_type().elem_type(), onnx::TensorProto_DataType_STRING);
  EXPECT_EQ(model.graph().input(1).type().tensor_type().elem_type(), onnx::TensorProto_DataType_DOUBLE);
  EXPECT_EQ(model.graph().output(1).type().tensor_type().elem_type(), onnx::TensorProto_DataType_STRING);
}

TEST(OnnxWrite, RefusesOperatorsThatAiOnnxMlDoesNotHave) {
  const auto refuses = [](const std::string& part, auto change) {
    PlainGraph graph = columns_and_label();
    change(graph.nodes[0]);
    expect_refused(ErrorKind::mismatch, {"[onnx] node 'code' (", part}, graph);
  };
  refuses("LabelMaker) does not fit opset 2 of ai.onnx.ml", [](GraphNode& node) { node.op = "LabelMaker"; });
  refuses("no such domain", [](GraphNode& node) { node.domain = "com.microsoft"; });
  refuses("classes_strings", [](GraphNode& node) {
    node.attributes["classes_strings"] = std::vector<std::string>{"Oslo"};  // of opset 1
  });
}

TEST(OnnxWrite, FloatsAndIntegersComeBackEqual) {
  PlainGraph graph = one_node("Reshape", {8, 8, 1}, {64});
  graph.nodes[0].inputs = {"x", "shape"};
  graph.add_integers("shape", {2}, {0, -1});
  graph.nodes.insert(graph.nodes.begin(), GraphNode{"Mul", "", {"input", "scale"}, {"x"}, {}});
  graph.inputs[0].name = "input";
  graph.add_constant("scale", {}, {0.5F});
  graph.add_constant("unused", {2, 0}, {});
  EXPECT_TRUE(same(there_and_back(graph), graph));
}

TEST(OnnxWrite, DeclaresWhoWroteItForWhom) {
  const onnx::ModelProto model = written(two_layers());
  EXPECT_EQ(model.producer_name(), "millrace");
  EXPECT_EQ(model.producer_version(), MILLRACE_VERSION);
  EXPECT_EQ(model.ir_version(), 7);
  ASSERT_EQ(model.opset_import_size(), 1);
  EXPECT_EQ(model.opset_import(0).version(), 13);
  EXPECT_EQ(model.graph().input(0).type().tensor_type().shape().dim(0).dim_param(), "batch");
  EXPECT_EQ(model.graph().output(0).type().tensor_type().shape().dim(0).dim_param(), "batch");
  EXPECT_EQ(model.graph().output(0).type().tensor_type().shape().dim(1).dim_value(), 2);
  EXPECT_EQ(model.graph().value_info_size(), 0);
  EXPECT_TRUE(model.graph().initializer(0).has_raw_data());
  EXPECT_FALSE(onnx_library_version().empty());
}

TEST(OnnxWrite, RaisesTheOpsetToWhatIsNeeded) {
  PlainGraph normalized = one_node("LayerNormalization", {3}, {3}, {{"epsilon", 1e-3F}});
  normalized.nodes[0].inputs = {"x", "scale"};
  normalized.add_constant("scale", {3}, {1.0F, 1.0F, 1.0F});
  const auto version = [](const onnx::ModelProto& model) {
    return std::pair(model.opset_import(0).version(), model.ir_version());
  };
  EXPECT_EQ(version(written(one_node("HardSwish", {3}, {3}))), std::pair(std::int64_t{14}, std::int64_t{7}));
  EXPECT_EQ(version(written(normalized)), std::pair(std::int64_t{17}, std::int64_t{8}));
  EXPECT_EQ(version(written(two_layers(), {.opset = 15})), std::pair(std::int64_t{15}, std::int64_t{8}));
  expect_refused(ErrorKind::usage, {"node 'y' (LayerNormalization) needs opset 17, expected at most 16"}, normalized,
                 {.highest_opset = 16});
  const std::string most = std::to_string(greatest_opset());
  expect_refused(ErrorKind::usage, {"opset 8, expected 9 to " + most}, two_layers(), {.opset = 8});
  expect_refused(ErrorKind::usage, {"opset 99, expected 9 to " + most}, two_layers(), {.highest_opset = 99});
  expect_refused(ErrorKind::usage, {"opset 15 is above the highest one, 14"}, two_layers(),
                 {.opset = 15, .highest_opset = 14});
}

// Equal takes floats from opset 11 on. Large constants are no part of the question.
TEST(OnnxWrite, FindsTheOpsetWhoseOperatorsTakeTheTypes) {
  PlainGraph graph = one_node("Equal", {2000}, {2000});
  graph.nodes[0].inputs = {"x", graph.add_constant("c", {2000}, std::vector<float>(2000, 1.0F))};
  graph.nodes[0].outputs = {"equal"};
  graph.add("Cast", "y", {"equal"}, {{"to", cast_to_real32}});
  const PlainGraph before = graph;
  EXPECT_EQ(accepted_version(graph, {.opset = 9}).opset, 11);
  EXPECT_EQ(accepted_version(graph, {.opset = 12}).opset, 12);
  EXPECT_EQ(graph.constants.at("c").values.size(), before.constants.at("c").values.size());
  EXPECT_EQ(written(graph, {.opset = 9}).opset_import(0).version(), 11);
  EXPECT_EQ(written(graph).graph().initializer_size(), 1);
  expect_refused(ErrorKind::usage, {"the model needs opset 11, expected at most 10"}, graph,
                 {.opset = 9, .highest_opset = 10});
}

TEST(OnnxWrite, TakesLargeConstantsOfHalves) {
  PlainGraph graph = one_node("Cast", {2000}, {2000}, {{"to", cast_to_real32}});
  graph.nodes.clear();
  graph.add("Cast", "half", {"x"}, {{"to", cast_to_real16}});
  graph.add_constant("c", {2000}, std::vector<float>(2000, 0.5F));
  graph.constants["c"].smaller = ValueType::real16;
  graph.add("Mul", "product", {"half", "c"});
  graph.add("Cast", "y", {"product"}, {{"to", cast_to_real32}});
  EXPECT_EQ(written(graph).graph().initializer(0).data_type(), onnx::TensorProto_DataType_FLOAT16);
}

TEST(OnnxWrite, RefusesWhatOnnxRefuses) {
  const auto refuses = [](std::initializer_list<std::string> parts, const PlainGraph& graph) {
    expect_refused(ErrorKind::mismatch, parts, graph);
  };
  refuses({"[onnx] node 'y' (Swoosh) fits no opset up to ", "no such operator"}, one_node("Swoosh", {3}, {3}));
  refuses({"node 'y' (Relu) fits no opset", "alpha"}, one_node("Relu", {3}, {3}, {{"alpha", 1.0F}}));
  refuses({"node 'y' (Transpose) fits no opset", "perm"}, one_node("Transpose", {3}, {3}, {{"perm", 1.0F}}));

  PlainGraph wide = one_node("MatMul", {3}, {2});
  wide.nodes[0].inputs = {"x", "w"};
  wide.add_constant("w", {4, 2}, std::vector<float>(8));
  refuses({"shape inference refuses the model", "(op_type:MatMul, node name: y)", "Incompatible dimensions"}, wide);

  PlainGraph mixed = two_layers();
  mixed.constants["b1"] = {{4}, {}, {1, 2, 3, 4}};
  refuses({"shape inference refuses the model"}, mixed);

  PlainGraph twice = two_layers();
  twice.nodes.push_back(twice.nodes[1]);
  refuses({"the ONNX checker refuses the model", "relu_1"}, twice);

  PlainGraph unordered = two_layers();
  std::swap(unordered.nodes[2], unordered.nodes[3]);
  refuses({"shape inference refuses the model", "(op_type:Sigmoid, node name: output)"}, unordered);
}

TEST(OnnxWrite, RefusesOutputsThatAreNotAsDeclared) {
  const auto refuses = [](std::initializer_list<std::string> parts, const PlainGraph& graph) {
    expect_refused(ErrorKind::mismatch, parts, graph);
  };
  refuses({"output 'y' is inferred to have shape (batch, 3), expected (batch, 4)"}, one_node("Relu", {3}, {4}));
  refuses({"(batch, 3), expected (batch, 3, 1)"}, one_node("Relu", {3}, {3, 1}));
  refuses({"(batch, 3), expected (batch)"}, one_node("Relu", {3}, {}));
  refuses({"(3, batch), expected (batch, 3)"}, one_node("Transpose", {3}, {3}));
  refuses({"output 'y' is inferred to be BOOL, expected FLOAT"}, one_node("IsNaN", {3}, {3}));

  PlainGraph fixed = one_node("Reshape", {3}, {3});
  fixed.nodes[0].inputs = {"x", "shape"};
  fixed.add_integers("shape", {2}, {1, 3});
  refuses({"(1, 3), expected (batch, 3)"}, fixed);
  fixed.constants["shape"].integers = {-1, 3};
  const onnx::ModelProto free = written(fixed);  // what inference calls the dimension is its own affair
  EXPECT_EQ(free.graph().output(0).type().tensor_type().shape().dim(0).dim_param(), "batch");

  PlainGraph missing = two_layers();
  missing.outputs.push_back({"nowhere", {1}});
  refuses({"output 'nowhere' is inferred to have shape unknown"}, missing);
}

TEST(OnnxWrite, AnOutputMayBeIntegers) {
  PlainGraph graph = one_node("ArgMax", {3}, {}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  expect_refused(ErrorKind::mismatch, {"output 'y' is inferred to be INT64, expected FLOAT"}, graph);
  graph.outputs[0].type = ValueType::int64;
  EXPECT_EQ(written(graph).graph().output(0).type().tensor_type().elem_type(), onnx::TensorProto_DataType_INT64);
}

TEST(OnnxWrite, AFileHoldsTheSerializedBytes) {
  TemporaryDirectory folder;
  write_onnx(two_layers(), folder.file("m.onnx"));
  EXPECT_EQ(read_text(folder.file("m.onnx")), serialize_onnx(two_layers()));
  EXPECT_TRUE(same(parse_onnx(serialize_onnx(two_layers()), "memory"), two_layers()));
}

TEST(OnnxWrite, AFullDiskLeavesTheOldFile) {
  TemporaryDirectory folder;
  write_text(folder.file("m.onnx"), "old");
  FaultyFiles faulty;
  faulty.fail(FaultyFiles::Call::write, 0, ENOSPC);
  expect_error(ErrorKind::environment, {"m.onnx", "No space left"},
               [&] { write_onnx(two_layers(), folder.file("m.onnx")); });
  EXPECT_EQ(read_text(folder.file("m.onnx")), "old");
}

TEST(OnnxWrite, RefusesConstantsThatDoNotFitTheirShape) {
  const auto refuses = [](const std::string& part, const GraphTensor& tensor) {
    PlainGraph graph = two_layers();
    graph.constants["w1"] = tensor;
    expect_refused(ErrorKind::internal, {"[onnx] constant 'w1' has ", part}, graph);
  };
  refuses("3 floats, 0 integers, 0 doubles and 0 texts, expected 4 of one type for shape (2, 2)",
          {{2, 2}, {1.0F, 2.0F, 3.0F}});
  refuses("1 floats, 1 integers", {{2}, {1.0F}, {1}});
  refuses("0 floats, 0 integers, 0 doubles and 0 texts, expected 1", {});
}

TEST(OnnxWrite, RefusesNamesThatAreNotUtf8) {
  const auto refuses = [](auto spoil) {
    PlainGraph graph = two_layers();
    spoil(graph);
    expect_refused(ErrorKind::usage, {"[onnx] '\xE9' is not UTF-8"}, graph);
  };
  refuses([](PlainGraph& graph) { graph.metadata["columns"] = "\xE9"; });
  refuses([](PlainGraph& graph) { graph.metadata["\xE9"] = ""; });
  refuses([](PlainGraph& graph) { graph.inputs[0].name = "\xE9"; });
  refuses([](PlainGraph& graph) { graph.nodes[0].name = "\xE9"; });
  refuses([](PlainGraph& graph) { graph.nodes[0].op = "\xE9"; });
  refuses([](PlainGraph& graph) { graph.nodes[0].inputs[0] = "\xE9"; });
  refuses([](PlainGraph& graph) { graph.nodes[0].outputs[0] = "\xE9"; });
  refuses([](PlainGraph& graph) { graph.nodes[0].attributes["\xE9"] = 1.0F; });
  refuses([](PlainGraph& graph) { graph.nodes[0].attributes["a"] = "\xE9"; });
  refuses([](PlainGraph& graph) { graph.add_constant("\xE9", {}, {1.0F}); });
  refuses([](PlainGraph& graph) { graph.add_texts("t", {1}, {"\xE9"}); });
  refuses([](PlainGraph& graph) { graph.nodes[0].domain = "\xE9"; });
  refuses([](PlainGraph& graph) { graph.nodes[0].attributes["a"] = std::vector<std::string>{"\xE9"}; });
}

TEST(OnnxWrite, RefusesMoreThanAFileCanHold) {
  EXPECT_NO_THROW(require_size(greatest_onnx_bytes));
  expect_error(ErrorKind::usage, {"the model needs 2147483648 bytes, expected at most 2147483647"},
               [] { require_size(std::uint64_t{1} << 31); });
}

}  // namespace
}  // namespace millrace
