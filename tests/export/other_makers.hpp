// SPDX-License-Identifier: Apache-2.0
//
// Models that other programs could have written, one change away from a model that can be read.
#pragma once

#include <string>

#include "export/onnx_file.hpp"
#include "export/onnx_proto.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {

inline void add_value(const std::string& name, onnx::ValueInfoProto& value) {
  value.set_name(name);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto_DataType_FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  type.mutable_shape()->add_dim()->set_dim_value(2);
}

// y = x + c for c = (1, 2)
inline onnx::ModelProto addition() {
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

}  // namespace millrace::test
