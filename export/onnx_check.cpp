// SPDX-License-Identifier: Apache-2.0
#include "export/onnx_check.hpp"

#include <exception>
#include <iterator>
#include <new>
#include <string>

#include "base/fail.hpp"
#include "export/onnx_tensor.hpp"

namespace millrace {

namespace {

constexpr int ml_opset = 2;  // the first whose LabelEncoder maps any type to any
// The oldest file format with the opset: runtimes refuse files of a format that is newer than they are.
constexpr int format_of(int opset) {
  constexpr int first_opsets[] = {0, 0, 0, 0, 9, 10, 11, 12, 15, 19, 21, 23};  // by format
  int format = 4;
  while (format + 1 < static_cast<int>(std::size(first_opsets)) && opset >= first_opsets[format + 1]) ++format;
  return format;
}

// Why the ONNX library refuses what use() asks it to do; empty if it does not. A lack of memory is no refusal.
template <class Use>
std::string refusal(const Use& use) {
  try {
    use();
    return {};
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::string node_text(const onnx::NodeProto& node) { return "node '" + node.name() + "' (" + node.op_type() + ")"; }

// Why `opset` of the node's domain does not have its operator with its attributes; empty if it does.
std::string misfit(const onnx::NodeProto& node, int opset) {
  const onnx::OpSchema* schema = onnx::OpSchemaRegistry::Schema(node.op_type(), opset, node.domain());
  if (schema == nullptr || schema->Deprecated()) return "no such operator";
  return refusal([&] { schema->Verify(node); });
}

int opset_for(const onnx::NodeProto& node, int opset) {
  std::string reason;
  for (; opset <= greatest_opset(); ++opset) {
    reason = misfit(node, opset);
    if (reason.empty()) return opset;
  }
  fail(ErrorKind::mismatch, "onnx",
       node_text(node) + " fits no opset up to " + std::to_string(greatest_opset()) +
           ", expected one that has it: " + reason);
}

void require_ml_operator(const onnx::NodeProto& node) {
  const std::string reason = node.domain() == ml_domain ? misfit(node, ml_opset) : "no such domain";
  if (!reason.empty())
    fail(ErrorKind::mismatch, "onnx",
         node_text(node) + " does not fit opset " + std::to_string(ml_opset) + " of " + ml_domain +
             ", expected an operator that it has: " + reason);
}

void import_opset(const std::string& domain, int version, onnx::ModelProto& model) {
  onnx::OperatorSetIdProto& import = *model.add_opset_import();
  import.set_domain(domain);
  import.set_version(version);
}

std::string shape_text(const onnx::TypeProto_Tensor& type) {
  if (!type.has_shape()) return "unknown";
  std::string text = "(";
  for (const auto& dim : type.shape().dim())
    text += (text.size() > 1 ? ", " : "") + (dim.has_dim_value()   ? std::to_string(dim.dim_value())
                                             : dim.has_dim_param() ? dim.dim_param()
                                                                   : "?");
  return text + ")";
}

bool is_batch_of(const Shape& shape, const onnx::TypeProto_Tensor& type) {
  if (!type.has_shape() || type.shape().dim_size() != static_cast<int>(shape.size()) + 1 ||
      type.shape().dim(0).has_dim_value())
    return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (const auto& dim = type.shape().dim(static_cast<int>(i) + 1);
        !dim.has_dim_value() || dim.dim_value() != shape[i])
      return false;
  return true;
}

}  // namespace

void require_size(std::uint64_t bytes) {
  if (bytes > greatest_onnx_bytes)
    fail(ErrorKind::usage, "onnx",
         "the model needs " + std::to_string(bytes) + " bytes, expected at most " +
             std::to_string(greatest_onnx_bytes) + ", which is what an ONNX file can hold: make its layers smaller");
}

int greatest_opset() {
  return onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map().at(onnx::ONNX_DOMAIN).second;
}

void check_version(const OnnxVersion& version) {
  const int greatest = greatest_opset();
  for (const int opset : {version.opset, version.highest_opset.value_or(greatest)}) {
    if (opset >= least_opset && opset <= greatest) continue;
    fail(ErrorKind::usage, "onnx",
         "opset " + std::to_string(opset) + ", expected " + std::to_string(least_opset) + " to " +
             std::to_string(greatest) + ", which the ONNX library of this program can check");
  }
  if (version.opset > version.highest_opset.value_or(greatest))
    fail(ErrorKind::usage, "onnx",
         "opset " + std::to_string(version.opset) + " is above the highest one, " +
             std::to_string(*version.highest_opset) + ", expected at most that");
}

void declare_version(const OnnxVersion& version, onnx::ModelProto& model) {
  check_version(version);
  const int highest = version.highest_opset.value_or(greatest_opset());
  int opset = version.opset;
  bool has_ml_operators = false;
  for (const onnx::NodeProto& node : model.graph().node()) {
    if (!node.domain().empty()) {
      require_ml_operator(node);
      has_ml_operators = true;
      continue;
    }
    opset = opset_for(node, opset);
    if (opset > highest)
      fail(ErrorKind::usage, "onnx",
           node_text(node) + " needs opset " + std::to_string(opset) + ", expected at most " + std::to_string(highest) +
               ": allow a higher opset or use another operation");
  }
  model.set_ir_version(format_of(opset));
  import_opset("", opset, model);
  if (has_ml_operators) import_opset(ml_domain, ml_opset, model);
}

void declare_outputs(const PlainGraph& graph, onnx::ModelProto& model) {
  for (const GraphValue& output : graph.outputs) model.mutable_graph()->add_output()->set_name(output.name);
  const std::string reason = refusal([&] {
    const onnx::ShapeInferenceOptions strict(true, 1, true);  // check types, throw, follow shapes that are computed
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), strict);
  });
  if (!reason.empty())
    fail(ErrorKind::mismatch, "onnx", "shape inference refuses the model, expected a valid one: " + reason);
  model.mutable_graph()->clear_value_info();
  for (int i = 0; i < model.graph().output_size(); ++i) {
    const GraphValue& declared = graph.outputs[static_cast<std::size_t>(i)];
    onnx::TypeProto_Tensor& type = *model.mutable_graph()->mutable_output(i)->mutable_type()->mutable_tensor_type();
    onnx::TypeProto_Tensor expected;
    set_batch_shape(declared.shape, expected);
    if (!is_batch_of(declared.shape, type))
      fail(ErrorKind::mismatch, "onnx",
           "output '" + declared.name + "' is inferred to have shape " + shape_text(type) + ", expected " +
               shape_text(expected));
    if (type.elem_type() != onnx_type(declared.type))
      fail(ErrorKind::mismatch, "onnx",
           "output '" + declared.name + "' is inferred to be " + type_text(type.elem_type()) + ", expected " +
               type_text(onnx_type(declared.type)));
    set_batch_shape(declared.shape, type);
  }
}

void check_model(const onnx::ModelProto& model) {
  const std::string reason = refusal([&] { onnx::checker::check_model(model); });
  if (!reason.empty())
    fail(ErrorKind::mismatch, "onnx", "the ONNX checker refuses the model, expected a valid one: " + reason);
}

void set_batch_shape(const Shape& shape, onnx::TypeProto_Tensor& type) {
  type.clear_shape();
  type.mutable_shape()->add_dim()->set_dim_param("batch");
  for (const std::int64_t extent : shape) type.mutable_shape()->add_dim()->set_dim_value(extent);
}

}  // namespace millrace
