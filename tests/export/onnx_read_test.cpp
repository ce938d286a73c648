// SPDX-License-Identifier: Apache-2.0
//
// Models that other programs could have written.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

#include "export/graphs.hpp"
#include "export/onnx_file.hpp"
#include "export/onnx_tensor.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::TemporaryDirectory;
using test::write_text;

void add_value(const std::string& name, onnx::ValueInfoProto& value) {
  value.set_name(name);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto_DataType_FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  type.mutable_shape()->add_dim()->set_dim_value(2);
}

// y = x + c for c = (1, 2)
onnx::ModelProto addition() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  auto& graph = *model.mutable_graph();
  add_value("x", *graph.add_input());
  add_value("y", *graph.add_output());
  auto& constant = *graph.add_initializer();
  constant.set_name("c");
  constant.set_data_type(onnx::TensorProto_DataType_FLOAT);
  constant.add_dims(2);
  constant.add_float_data(1.0F);
  constant.add_float_data(2.0F);
  auto& node = *graph.add_node();
  node.set_op_type("Add");
  node.add_input("x");
  node.add_input("c");
  node.add_output("y");
  return model;
}

template <class Change>
PlainGraph read_changed(Change change) {
  onnx::ModelProto model = addition();
  change(model);
  return parse_onnx(model.SerializeAsString(), "m.onnx");
}

template <class Change>
void expect_refused(const std::string& part, Change change) {
  expect_error(ErrorKind::data, {"[onnx] 'm.onnx'", part, "expected"}, [&] { (void)read_changed(change); });
}

template <class Change>
GraphTensor constant_of(Change change) {
  return read_changed([&](onnx::ModelProto& model) {
           auto& tensor = *model.mutable_graph()->mutable_initializer(0);
           tensor.clear_float_data();
           change(tensor);
         })
      .constants.at("c");
}

template <class Change>
void expect_constant_refused(const std::string& part, Change change) {
  expect_refused(part, [&](onnx::ModelProto& model) { change(*model.mutable_graph()->mutable_initializer(0)); });
}

TEST(OnnxRead, ReadsWhatOthersWrote) {
  const PlainGraph graph = read_changed([](onnx::ModelProto&) {});
  EXPECT_EQ(graph.inputs.at(0).shape, Shape{2});
  EXPECT_EQ(graph.outputs.at(0).name, "y");
  EXPECT_EQ(graph.constants.at("c").values, (std::vector<float>{1.0F, 2.0F}));
  EXPECT_EQ(graph.nodes.at(0).inputs, (std::vector<std::string>{"x", "c"}));
}

TEST(OnnxRead, TheBatchMayHaveANameNoneOrASize) {
  using Dim = onnx::TensorShapeProto_Dimension;
  for (const auto& set : {+[](Dim& dim) { dim.clear_dim_param(); }, +[](Dim& dim) { dim.set_dim_value(1); },
                          +[](Dim& dim) { dim.set_dim_value(32); }, +[](Dim& dim) { dim.set_dim_value(-1); }}) {
    const PlainGraph graph = read_changed([&](onnx::ModelProto& model) {
      set(*model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(
          0));
    });
    EXPECT_EQ(graph.inputs.at(0).shape, Shape{2});
  }
}

TEST(OnnxRead, OlderFilesListConstantsAsInputs) {
  const PlainGraph graph =
      read_changed([](onnx::ModelProto& model) { add_value("c", *model.mutable_graph()->add_input()); });
  EXPECT_EQ(graph.inputs.size(), 1U);
}

TEST(OnnxRead, SoftmaxOfOlderOpsetsSaysItsAxis) {
  const auto read_softmax = [](int opset, bool with_axis) {
    return read_changed([&](onnx::ModelProto& model) {
             model.mutable_opset_import(0)->set_version(opset);
             auto& node = *model.mutable_graph()->mutable_node(0);
             node.set_op_type("Softmax");
             if (!with_axis) return;
             auto& axis = *node.add_attribute();
             axis.set_name("axis");
             axis.set_type(onnx::AttributeProto_AttributeType_INT);
             axis.set_i(-1);
           })
        .nodes.at(0)
        .attributes;
  };
  EXPECT_EQ(std::get<std::int64_t>(read_softmax(12, false).at("axis")), 1);
  EXPECT_EQ(std::get<std::int64_t>(read_softmax(12, true).at("axis")), -1);
  EXPECT_FALSE(read_softmax(13, false).contains("axis"));
}

TEST(OnnxRead, ConvertsTypesWhereThatIsExact) {
  const auto typed = [](onnx::TensorProto_DataType type, auto add) {
    return constant_of([&](onnx::TensorProto& tensor) {
      tensor.set_data_type(type);
      add(tensor);
    });
  };
  EXPECT_EQ(typed(onnx::TensorProto_DataType_INT32,
                  [](auto& t) {
                    t.add_int32_data(-5);
                    t.add_int32_data(7);
                  })
                .integers,
            (std::vector<std::int64_t>{-5, 7}));
  EXPECT_EQ(typed(onnx::TensorProto_DataType_INT64,
                  [](auto& t) {
                    t.add_int64_data(-5);
                    t.add_int64_data(7);
                  })
                .integers,
            (std::vector<std::int64_t>{-5, 7}));
  EXPECT_EQ(typed(onnx::TensorProto_DataType_FLOAT16,
                  [](auto& t) {
                    t.add_int32_data(0x3C00);
                    t.add_int32_data(0xC000);
                  })
                .values,
            (std::vector<float>{1.0F, -2.0F}));
  EXPECT_EQ(
      typed(onnx::TensorProto_DataType_FLOAT16, [](auto& t) { t.set_raw_data(std::string("\x00\x3C\x00\xC0", 4)); })
          .values,
      (std::vector<float>{1.0F, -2.0F}));
}

TEST(OnnxRead, KeepsDoublesAndTexts) {
  const GraphTensor doubles = constant_of([](onnx::TensorProto& tensor) {
    tensor.set_data_type(onnx::TensorProto_DataType_DOUBLE);
    tensor.add_double_data(0.1);
    tensor.add_double_data(1e300);
  });
  EXPECT_EQ(doubles.doubles, (std::vector<double>{0.1, 1e300}));
  EXPECT_TRUE(doubles.values.empty());
  const GraphTensor texts = constant_of([](onnx::TensorProto& tensor) {
    tensor.set_data_type(onnx::TensorProto_DataType_STRING);
    tensor.add_string_data("");
    tensor.add_string_data("two words");
  });
  EXPECT_EQ(texts.texts, (std::vector<std::string>{"", "two words"}));
}

TEST(OnnxRead, EveryHalfIsAFloat) {
  EXPECT_EQ(from_half(0x7C00), HUGE_VALF);
  EXPECT_EQ(from_half(0xFC00), -HUGE_VALF);
  EXPECT_TRUE(std::isnan(from_half(0x7E00)));
  EXPECT_TRUE(std::signbit(from_half(0x8000)));
  EXPECT_EQ(from_half(0x0001), std::ldexp(1.0F, -24));
  EXPECT_EQ(from_half(0x83FF), -std::ldexp(1023.0F, -24));
  EXPECT_EQ(from_half(0x0400), std::ldexp(1.0F, -14));
  EXPECT_EQ(from_half(0x7BFF), 65504.0F);
  EXPECT_EQ(from_half(0x3555), 0.333251953125F);
}

TEST(OnnxRead, FoldsConstantNodes) {
  const auto folded = [](auto fill) {
    return read_changed([&](onnx::ModelProto& model) {
             auto& graph = *model.mutable_graph();
             graph.clear_initializer();
             *graph.add_node() = graph.node(0);
             auto& node = *graph.mutable_node(0);
             node.Clear();
             node.set_op_type("Constant");
             node.add_output("c");
             fill(*node.add_attribute());
           })
        .constants.at("c");
  };
  const GraphTensor tensor = folded([](auto& a) {
    a.set_type(onnx::AttributeProto_AttributeType_TENSOR);
    *a.mutable_t() = addition().graph().initializer(0);
  });
  EXPECT_EQ(tensor.values, (std::vector<float>{1.0F, 2.0F}));
  EXPECT_EQ(tensor.shape, Shape{2});
  const GraphTensor number = folded([](auto& a) {
    a.set_type(onnx::AttributeProto_AttributeType_FLOAT);
    a.set_f(0.5F);
  });
  EXPECT_EQ(number.values, std::vector<float>{0.5F});
  EXPECT_EQ(number.shape, Shape{});
  EXPECT_EQ(folded([](auto& a) {
              a.set_type(onnx::AttributeProto_AttributeType_INT);
              a.set_i(3);
            }).integers,
            std::vector<std::int64_t>{3});
  const GraphTensor integers = folded([](auto& a) {
    a.set_type(onnx::AttributeProto_AttributeType_INTS);
    a.add_ints(3);
    a.add_ints(4);
  });
  EXPECT_EQ(integers.integers, (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(integers.shape, Shape{2});
  EXPECT_EQ(folded([](auto& a) {
              a.set_type(onnx::AttributeProto_AttributeType_FLOATS);
              a.add_floats(3);
              a.add_floats(4);
            }).values,
            (std::vector<float>{3, 4}));
  const GraphTensor text = folded([](auto& a) {
    a.set_type(onnx::AttributeProto_AttributeType_STRING);
    a.set_s("one");
  });
  EXPECT_EQ(text.texts, std::vector<std::string>{"one"});
  EXPECT_EQ(text.shape, Shape{});
  const GraphTensor texts = folded([](auto& a) {
    a.set_type(onnx::AttributeProto_AttributeType_STRINGS);
    a.add_strings("one");
    a.add_strings("two");
  });
  EXPECT_EQ(texts.texts, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(texts.shape, Shape{2});
  expect_error(ErrorKind::data, {"of kind SPARSE_TENSOR"},
               [&] { (void)folded([](auto& a) { a.set_type(onnx::AttributeProto_AttributeType_SPARSE_TENSOR); }); });
}

TEST(OnnxRead, RefusesConstantsItCannotHold) {
  expect_constant_refused("constant 'c' keeps its numbers in another file",
                          [](onnx::TensorProto& t) { t.set_data_location(onnx::TensorProto_DataLocation_EXTERNAL); });
  expect_constant_refused("another file", [](onnx::TensorProto& t) { t.add_external_data()->set_key("location"); });
  expect_constant_refused("in segments", [](onnx::TensorProto& t) { t.mutable_segment()->set_begin(0); });
  expect_constant_refused("is BOOL, expected FLOAT",
                          [](onnx::TensorProto& t) { t.set_data_type(onnx::TensorProto_DataType_BOOL); });
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

TEST(OnnxRead, RefusesModelsItCannotHold) {
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

TEST(OnnxRead, RefusesInputsAndOutputsItCannotHold) {
  const auto input = [](auto change) {
    return [change](onnx::ModelProto& m) { change(*m.mutable_graph()->mutable_input(0)->mutable_type()); };
  };
  const auto output = [](auto change) {
    return [change](onnx::ModelProto& m) { change(*m.mutable_graph()->mutable_output(0)->mutable_type()); };
  };
  using Type = onnx::TypeProto;
  expect_refused("input 'x' that is no tensor", input([](Type& t) { t.mutable_sequence_type(); }));
  expect_refused("input 'x' that is no tensor", input([](Type& t) { t.Clear(); }));
  expect_refused("input 'x' of BOOL, expected FLOAT",
                 input([](Type& t) { t.mutable_tensor_type()->set_elem_type(onnx::TensorProto_DataType_BOOL); }));
  expect_refused("input 'x' of unknown shape", input([](Type& t) { t.mutable_tensor_type()->clear_shape(); }));
  expect_refused("without a batch", input([](Type& t) { t.mutable_tensor_type()->mutable_shape()->clear_dim(); }));
  expect_refused("input 'x' whose dimension 1 is free ('width')", input([](Type& t) {
                   t.mutable_tensor_type()->mutable_shape()->mutable_dim(1)->set_dim_param("width");
                 }));
  expect_refused("input 'x' whose dimension 1 is free,",
                 input([](Type& t) { t.mutable_tensor_type()->mutable_shape()->mutable_dim(1)->set_dim_value(0); }));
  expect_refused("output 'y' of FLOAT16",
                 output([](Type& t) { t.mutable_tensor_type()->set_elem_type(onnx::TensorProto_DataType_FLOAT16); }));
  expect_refused("output 'y' of unknown shape", output([](Type& t) { t.mutable_tensor_type()->clear_shape(); }));
}

TEST(OnnxRead, InputsAndOutputsHaveTheirType) {
  const std::pair<onnx::TensorProto_DataType, ValueType> types[] = {
      {onnx::TensorProto_DataType_FLOAT, ValueType::real32},
      {onnx::TensorProto_DataType_DOUBLE, ValueType::real64},
      {onnx::TensorProto_DataType_INT64, ValueType::int64},
      {onnx::TensorProto_DataType_STRING, ValueType::text}};
  for (const auto& [declared, expected] : types) {
    const PlainGraph graph = read_changed([type = declared](onnx::ModelProto& m) {
      m.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(type);
      m.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->set_elem_type(type);
    });
    EXPECT_EQ(graph.inputs[0].type, expected);
    EXPECT_EQ(graph.outputs[0].type, expected);
  }
}

TEST(OnnxRead, RefusesNodesItCannotHold) {
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
  expect_refused("node 'y' (Add) of the domain 'com.microsoft'", node([](Node& n) { n.set_domain("com.microsoft"); }));
  expect_refused("node 'y' (Add) of the domain 'ai.onnx.ml' and names no opset of it",
                 node([](Node& n) { n.set_domain("ai.onnx.ml"); }));
  expect_refused("node 'y' (Add) that reads 'z'", node([](Node& n) { n.set_input(0, "z"); }));
  expect_refused("node 'sum' (Add) with attribute 'mode' that is a subgraph",
                 attribute([](Attribute& a) { a.set_type(onnx::AttributeProto_AttributeType_GRAPH); }));
  expect_refused("that is a subgraph",
                 attribute([](Attribute& a) { a.set_type(onnx::AttributeProto_AttributeType_GRAPHS); }));
  expect_refused("node 'sum' (Add) with attribute 'mode' of kind TENSORS, expected INT",
                 attribute([](Attribute& a) { a.set_type(onnx::AttributeProto_AttributeType_TENSORS); }));
  expect_refused("of kind TENSOR",
                 attribute([](Attribute& a) { a.set_type(onnx::AttributeProto_AttributeType_TENSOR); }));
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

TEST(OnnxRead, RefusesFilesThatAreNoModels) {
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
}  // namespace millrace
