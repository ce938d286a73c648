// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fields.hpp"

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <limits>
#include <set>
#include <string>

namespace millrace::fuzz {
namespace {

onnx::NodeProto joined_columns() {
  onnx::NodeProto node;
  node.set_op_type("Concat");
  node.add_input("a");
  node.add_input("b");
  onnx::AttributeProto& axis = *node.add_attribute();
  axis.set_name("axis");
  axis.set_type(onnx::AttributeProto::INT);
  axis.set_i(1);
  axis.add_floats(0.5F);
  return node;
}

// Each kind of change occurs, and the result can still be parsed.
TEST(ChangesOfFields, ReachEveryKindOfValue) {
  std::set<std::int64_t> axes;
  std::set<std::string> operations, inputs;
  std::set<int> types, attributes;
  for (unsigned draw = 1; draw < 3000; ++draw) {
    onnx::NodeProto node = joined_columns();
    ASSERT_TRUE(change_field(node, draw));
    std::string bytes;
    ASSERT_TRUE(node.SerializeToString(&bytes) && node.ParseFromString(bytes));
    operations.insert(node.op_type());
    std::string list;
    for (const std::string& input : node.input()) list += input + " ";
    inputs.insert(list);
    attributes.insert(node.attribute_size());
    if (node.attribute_size() == 0) continue;
    axes.insert(node.attribute(0).i());
    types.insert(node.attribute(0).type());
  }
  using Limits = std::numeric_limits<std::int64_t>;
  for (const std::int64_t axis : {std::int64_t{0}, std::int64_t{2}, std::int64_t{-1}, Limits::max(), Limits::lowest()})
    EXPECT_TRUE(axes.contains(axis)) << axis;
  for (const char* const operation : {"axis", "a", "Con"}) EXPECT_TRUE(operations.contains(operation)) << operation;
  for (const char* const list : {"a ", "b ", "b a ", "a b a ", "a b b "}) EXPECT_TRUE(inputs.contains(list)) << list;
  EXPECT_EQ(attributes, (std::set{0, 1, 2}));
  EXPECT_TRUE(types.contains(onnx::AttributeProto::TENSOR));
}

TEST(ChangesOfFields, NeedAField) {
  onnx::NodeProto node;
  EXPECT_FALSE(change_field(node, 1));
}

}  // namespace
}  // namespace millrace::fuzz
