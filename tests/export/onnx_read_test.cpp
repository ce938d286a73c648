// SPDX-License-Identifier: Apache-2.0
//
// Models that other programs could have written become graphs.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "export/graphs.hpp"
#include "export/other_makers.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

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

}  // namespace
}  // namespace millrace::test
