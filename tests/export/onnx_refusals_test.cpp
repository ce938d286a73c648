// SPDX-License-Identifier: Apache-2.0
//
// Models that cannot be read are refused, and the message names the part that stands in the way.
#include <gtest/gtest.h>

#include <filesystem>

#include "export/graphs.hpp"
#include "export/other_makers.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

TEST(OnnxRefusals, RefusesConstantsItCannotHold) {
  expect_constant_refused("constant 'c' keeps its numbers in another file",
                          [](onnx::TensorProto& t) { t.set_data_location(onnx::TensorProto_DataLocation_EXTERNAL); });
  expect_constant_refused("another file", [](onnx::TensorProto& t) { t.add_external_data()->set_key("location"); });
  expect_constant_refused("in segments", [](onnx::TensorProto& t) { t.mutable_segment()->set_begin(0); });
  expect_constant_refused("is COMPLEX64, expected FLOAT",
                          [](onnx::TensorProto& t) { t.set_data_type(onnx::TensorProto_DataType_COMPLEX64); });
  expect_constant_refused("has 1 elements, expected 2", [](onnx::TensorProto& t) {
    t.set_data_type(onnx::TensorProto_DataType_STRING);
    t.add_string_data("one");
  });
  expect_constant_refused("has 0 elements, expected 2", [](onnx::TensorProto& t) {
    t.set_data_type(onnx::TensorProto_DataType_STRING);
    t.set_raw_data("12");
  });
  expect_constant_refused("is type 99, expected FLOAT", [](onnx::TensorProto& t) { t.set_data_type(99); });
  expect_constant_refused("has 2 elements, expected 3", [](onnx::TensorProto& t) { t.set_dims(0, 3); });
  expect_constant_refused("has 2 elements, expected 1", [](onnx::TensorProto& t) { t.clear_dims(); });
  expect_constant_refused("has 2 elements, expected 2", [](onnx::TensorProto& t) { t.set_raw_data("123456789"); });
  expect_constant_refused("has 0 elements, expected 2", [](onnx::TensorProto& t) { t.set_raw_data(""); });
  expect_constant_refused("the impossible shape (-2, -1)", [](onnx::TensorProto& t) {
    t.set_dims(0, -2);
    t.add_dims(-1);
  });
  expect_constant_refused("the impossible shape (-1, 0)", [](onnx::TensorProto& t) {
    t.set_dims(0, -1);
    t.add_dims(0);
    t.clear_float_data();
  });
  expect_constant_refused("the impossible shape (4294967296, 4294967296)", [](onnx::TensorProto& t) {
    t.set_dims(0, std::int64_t{1} << 32);
    t.add_dims(std::int64_t{1} << 32);
  });
}

TEST(OnnxRefusals, RefusesModelsItCannotHold) {
  using Model = onnx::ModelProto;
  const auto graph_of = [](Model& model) -> onnx::GraphProto& { return *model.mutable_graph(); };
  expect_refused("is not an ONNX model", [](Model& m) { m.clear_graph(); });
  expect_refused("is not an ONNX model", [](Model& m) { m.clear_ir_version(); });
  expect_refused("names no opset", [](Model& m) { m.mutable_opset_import(0)->set_domain("ai.onnx.ml"); });
  expect_refused("has opset 6, expected 7 to 25", [](Model& m) { m.mutable_opset_import(0)->set_version(6); });
  expect_refused("has opset 30, expected 7 to 25", [](Model& m) { m.mutable_opset_import(0)->set_version(30); });
  expect_refused("defines functions", [](Model& m) { m.add_functions(); });
  expect_refused("sparse constants", [&](Model& m) { graph_of(m).add_sparse_initializer(); });
  expect_refused("metadata 'k' twice", [](Model& m) {
    for (int i = 0; i < 2; ++i) m.add_metadata_props()->set_key("k");
  });
  expect_refused("0 inputs and 1 outputs", [&](Model& m) {
    graph_of(m).clear_input();
    graph_of(m).mutable_node(0)->set_input(0, "c");
  });
  expect_refused("1 inputs and 0 outputs", [&](Model& m) { graph_of(m).clear_output(); });
  expect_refused("output 'z' that nothing computes", [&](Model& m) { graph_of(m).mutable_output(0)->set_name("z"); });
  expect_refused("value 'x' twice", [&](Model& m) { *graph_of(m).add_input() = graph_of(m).input(0); });
  expect_refused("value 'c' twice", [&](Model& m) { *graph_of(m).add_initializer() = graph_of(m).initializer(0); });
  expect_refused("value '' twice or without a name",
                 [&](Model& m) { graph_of(m).mutable_initializer(0)->clear_name(); });
  expect_refused("value 'y' twice", [&](Model& m) { *graph_of(m).add_node() = graph_of(m).node(0); });
}

TEST(OnnxRefusals, NamesTheOtherMakerFirst) {
  expect_refused("'m.onnx' was made by pytorch 2.15.0 and has opset 30", [](onnx::ModelProto& m) {
    m.set_producer_name("pytorch");
    m.set_producer_version("2.15.0");
    m.mutable_opset_import(0)->set_version(30);
  });
  expect_refused("'m.onnx' has opset 30", [](onnx::ModelProto& m) {
    m.set_producer_name("millrace");
    m.mutable_opset_import(0)->set_version(30);
  });
}

TEST(OnnxRefusals, RefusesACycle) {
  // y = x + z, z = y + c
  expect_refused("node 1 of 2, 'y' (Add) that reads 'z', expected a value that is computed before",
                 [](onnx::ModelProto& m) {
                   m.mutable_graph()->mutable_node(0)->set_input(1, "z");
                   onnx::NodeProto& node = *m.mutable_graph()->add_node();
                   node.set_op_type("Add");
                   node.add_input("y");
                   node.add_input("c");
                   node.add_output("z");
                 });
}

TEST(OnnxRefusals, RefusesInputsAndOutputsItCannotHold) {
  const auto input = [](auto change) {
    return [change](onnx::ModelProto& m) { change(*m.mutable_graph()->mutable_input(0)->mutable_type()); };
  };
  const auto output = [](auto change) {
    return [change](onnx::ModelProto& m) { change(*m.mutable_graph()->mutable_output(0)->mutable_type()); };
  };
  using Type = onnx::TypeProto;
  expect_refused("input 'x' that is no tensor", input([](Type& t) { t.mutable_sequence_type(); }));
  expect_refused("input 'x' that is no tensor", input([](Type& t) { t.Clear(); }));
  expect_refused("input 'x' of COMPLEX64, expected FLOAT",
                 input([](Type& t) { t.mutable_tensor_type()->set_elem_type(onnx::TensorProto_DataType_COMPLEX64); }));
  expect_refused("input 'x' of unknown shape", input([](Type& t) { t.mutable_tensor_type()->clear_shape(); }));
  expect_refused("without a batch", input([](Type& t) { t.mutable_tensor_type()->mutable_shape()->clear_dim(); }));
  expect_refused("input 'x' whose dimension 1 is free ('width')", input([](Type& t) {
                   t.mutable_tensor_type()->mutable_shape()->mutable_dim(1)->set_dim_param("width");
                 }));
  expect_refused("input 'x' whose dimension 1 is free,",
                 input([](Type& t) { t.mutable_tensor_type()->mutable_shape()->mutable_dim(1)->set_dim_value(0); }));
  expect_refused("output 'y' of BFLOAT16",
                 output([](Type& t) { t.mutable_tensor_type()->set_elem_type(onnx::TensorProto_DataType_BFLOAT16); }));
  expect_refused("output 'y' that is no tensor", output([](Type& t) { t.mutable_sequence_type(); }));
}

TEST(OnnxRefusals, RefusesNodesItCannotHold) {
  const auto node = [](auto change) {
    return [change](onnx::ModelProto& m) { change(*m.mutable_graph()->mutable_node(0)); };
  };
  const auto attribute = [&](auto change) {
    return node([change](onnx::NodeProto& n) {
      n.set_name("sum");
      auto& a = *n.add_attribute();
      a.set_name("mode");
      change(a);
    });
  };
  using Node = onnx::NodeProto;
  using Attribute = onnx::AttributeProto;
  expect_refused("node 1 of 1, 'y' (Add) of the domain 'com.microsoft'",
                 node([](Node& n) { n.set_domain("com.microsoft"); }));
  expect_refused("node 1 of 1, 'y' (Add) of the domain 'ai.onnx.ml' and names no opset of it",
                 node([](Node& n) { n.set_domain("ai.onnx.ml"); }));
  expect_refused("node 1 of 1, 'y' (Add) that reads 'z'", node([](Node& n) { n.set_input(0, "z"); }));
  expect_refused("node 1 of 1, 'sum' (Add) with attribute 'mode' that is a subgraph",
                 attribute([](Attribute& a) { a.set_type(onnx::AttributeProto_AttributeType_GRAPH); }));
  expect_refused("that is a subgraph",
                 attribute([](Attribute& a) { a.set_type(onnx::AttributeProto_AttributeType_GRAPHS); }));
  expect_refused("node 1 of 1, 'sum' (Add) with attribute 'mode' of kind TENSORS, expected INT",
                 attribute([](Attribute& a) { a.set_type(onnx::AttributeProto_AttributeType_TENSORS); }));
  expect_refused("attribute 'mode' that is a tensor of shape (2), expected one number", attribute([](Attribute& a) {
                   a.set_type(onnx::AttributeProto_AttributeType_TENSOR);
                   a.mutable_t()->set_data_type(onnx::TensorProto_DataType_FLOAT);
                   a.mutable_t()->add_dims(2);
                   a.mutable_t()->add_float_data(1);
                   a.mutable_t()->add_float_data(2);
                 }));
  expect_refused("of kind UNDEFINED", attribute([](Attribute&) {}));
  expect_refused("that refers to a function's", attribute([](Attribute& a) { a.set_ref_attr_name("outer"); }));
  expect_refused("with attribute 'mode' twice", [&](onnx::ModelProto& m) {
    for (int i = 0; i < 2; ++i) attribute([](Attribute& a) { a.set_type(onnx::AttributeProto_AttributeType_INT); })(m);
  });
  expect_refused("with 1 outputs and 0 attributes", node([](Node& n) { n.set_op_type("Constant"); }));
  EXPECT_NO_THROW((void)read_changed(node([](Node& n) {
    n.set_domain("ai.onnx");
    n.add_input("");
    n.add_output("");
  })));
}

TEST(OnnxRefusals, NamesEveryNodeThatNoGraphHas) {
  const auto change = [](onnx::ModelProto& m) {
    m.set_producer_name("pytorch");
    m.mutable_graph()->mutable_node(0)->set_domain("com.microsoft");
    onnx::NodeProto& last = *m.mutable_graph()->add_node();
    last.set_op_type("If");
    last.set_name("branch");
    last.add_input("y");
    last.add_output("z");
    auto& attribute = *last.add_attribute();
    attribute.set_name("then_branch");
    attribute.set_type(onnx::AttributeProto_AttributeType_GRAPH);
  };
  expect_refused(
      "was made by pytorch and has node 1 of 2, 'y' (Add) of the domain 'com.microsoft'; node 2 of 2, "
      "'branch' (If) with attribute 'then_branch' that is a subgraph",
      change);
}

// Whose file it is comes before what is wrong with it.
TEST(OnnxRefusals, SaysFirstWhoMadeTheFile) {
  expect_refused("was made by tf2onnx 1.16, and its constant 'c' is COMPLEX64", [](onnx::ModelProto& m) {
    m.set_producer_name("tf2onnx");
    m.set_producer_version("1.16");
    m.mutable_graph()->mutable_initializer(0)->set_data_type(onnx::TensorProto_DataType_COMPLEX64);
  });
}

TEST(OnnxRefusals, RefusesFilesThatAreNoModels) {
  TemporaryDirectory folder;
  const std::string path = folder.file("m.onnx");
  const auto refuses = [&](const std::string& part) {
    expect_error(ErrorKind::data, {"[onnx] '" + path + "' ", part, "expected"}, [&] { (void)read_onnx(path); });
  };
  refuses("cannot be opened");
  for (const std::string& text :
       {std::string(), std::string("a,b,c\n1,2,3\n"), std::string(1000, '\0'), std::string("\x89PNG\r\n")}) {
    write_text(path, text);
    refuses("is not an ONNX model");
  }
  std::filesystem::resize_file(path, std::uint64_t{1} << 31);  // of holes
  refuses("has 2147483648 bytes");
}

}  // namespace
}  // namespace millrace::test
