// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "export/onnx_check.hpp"
#include "export/onnx_file.hpp"
#include "export/onnx_tensor.hpp"
#include "export/reduction_axes.hpp"

namespace millrace {

namespace {

void add_attribute(const std::string& name, const NodeAttribute& value, onnx::NodeProto& node) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(utf8(name));
  std::visit(
      [&]<class Value>(const Value& v) {
        if constexpr (std::is_same_v<Value, std::int64_t>) {
          attribute.set_type(onnx::AttributeProto_AttributeType_INT);
          attribute.set_i(v);
        } else if constexpr (std::is_same_v<Value, float>) {
          attribute.set_type(onnx::AttributeProto_AttributeType_FLOAT);
          attribute.set_f(v);
        } else if constexpr (std::is_same_v<Value, std::string>) {
          attribute.set_type(onnx::AttributeProto_AttributeType_STRING);
          attribute.set_s(utf8(v));
        } else if constexpr (std::is_same_v<Value, std::vector<std::int64_t>>) {
          attribute.set_type(onnx::AttributeProto_AttributeType_INTS);
          for (const std::int64_t i : v) attribute.add_ints(i);
        } else if constexpr (std::is_same_v<Value, std::vector<float>>) {
          attribute.set_type(onnx::AttributeProto_AttributeType_FLOATS);
          for (const float f : v) attribute.add_floats(f);
        } else {
          static_assert(std::is_same_v<Value, std::vector<std::string>>);
          attribute.set_type(onnx::AttributeProto_AttributeType_STRINGS);
          for (const std::string& s : v) attribute.add_strings(utf8(s));
        }
      },
      value);
}

void add_node(const GraphNode& from, onnx::GraphProto& graph) {
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type(utf8(from.op));
  node.set_name(utf8(from.name));
  if (!from.domain.empty()) node.set_domain(utf8(from.domain));
  for (const std::string& input : from.inputs) node.add_input(utf8(input));
  for (const std::string& output : from.outputs) node.add_output(utf8(output));
  for (const auto& [name, value] : from.attributes) add_attribute(name, value, node);
}

void add_input(const GraphValue& value, onnx::GraphProto& graph) {
  onnx::ValueInfoProto& input = *graph.add_input();
  input.set_name(utf8(value.name));
  onnx::TypeProto_Tensor& type = *input.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx_type(value.type));
  set_batch_shape(value.shape, type);
}

void add_metadata(const std::map<std::string, std::string>& metadata, onnx::ModelProto& model) {
  for (const auto& [key, text] : metadata) {
    onnx::StringStringEntryProto& entry = *model.add_metadata_props();
    entry.set_key(utf8(key));
    entry.set_value(utf8(text));
  }
}

// Stands for a constant whose elements are left out.
void add_constant_as_input(const std::string& name, const GraphTensor& tensor, onnx::GraphProto& graph) {
  onnx::ValueInfoProto& input = *graph.add_input();
  input.set_name(utf8(name));
  onnx::TypeProto_Tensor& type = *input.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx_type(ValueType::real32));
  for (const std::int64_t extent : tensor.shape) type.mutable_shape()->add_dim()->set_dim_value(extent);
}

// outlined: names of constants whose elements are left out.
onnx::ModelProto model_of(const PlainGraph& graph, const std::set<std::string>& outlined) {
  onnx::ModelProto model;
  model.set_producer_name("millrace");
  model.set_producer_version(MILLRACE_VERSION);
  add_metadata(graph.metadata, model);
  model.mutable_graph()->set_name("millrace");
  for (const GraphValue& input : graph.inputs) add_input(input, *model.mutable_graph());
  for (const auto& [name, tensor] : graph.constants) {
    if (outlined.contains(name))
      add_constant_as_input(name, tensor, *model.mutable_graph());
    else
      write_tensor(utf8(name), tensor, *model.mutable_graph()->add_initializer());
  }
  for (const GraphNode& node : graph.nodes) add_node(node, *model.mutable_graph());
  return model;
}

std::uint64_t constant_bytes(const PlainGraph& graph) {
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : graph.constants) {
    const std::uint64_t numbers = tensor.values.size() * sizeof(float) + tensor.integers.size() * sizeof(std::int64_t) +
                                  tensor.doubles.size() * sizeof(double);
    const bool of_bytes = tensor.smaller == ValueType::int8 || tensor.smaller == ValueType::uint8;
    bytes += of_bytes ? numbers / 8 : tensor.smaller ? numbers / 2 : numbers;
    for (const std::string& text : tensor.texts) bytes += text.size();
  }
  return bytes;
}

// A graph without the elements of its large constants of floats, which no check of ONNX looks at.
struct Outline {
  explicit Outline(const PlainGraph& whole) : graph{whole.nodes, {}, whole.inputs, whole.outputs, whole.metadata} {
    constexpr std::size_t few = 1000;
    for (const auto& [name, tensor] : whole.constants) {
      const bool large = tensor.values.size() > few && !tensor.smaller;
      if (large) outlined.insert(name);
      graph.constants.emplace(name, large ? GraphTensor{.shape = tensor.shape} : tensor);
    }
  }
  PlainGraph graph;
  std::set<std::string> outlined;  // names of those constants
};

onnx::ModelProto checked_model(PlainGraph graph, const OnnxVersion& version,
                               const std::set<std::string>& outlined = {}) {
  if (version.opset >= first_opset_with_axes_as_input) axes_to_inputs(graph);
  require_size(constant_bytes(graph));  // before they are copied
  onnx::ModelProto model = model_of(graph, outlined);
  graph.constants.clear();
  declare_version(version, model);
  declare_outputs(graph, model);
  check_model(model);
  return model;
}

bool is_accepted(const Outline& outline, int opset) {
  try {
    static_cast<void>(checked_model(outline.graph, {.opset = opset}, outline.outlined));
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::mismatch) throw;
    return false;
  }
}

}  // namespace

OnnxVersion accepted_version(const PlainGraph& graph, OnnxVersion version) {
  const Outline outline(graph);
  try {
    static_cast<void>(checked_model(outline.graph, version, outline.outlined));
    return version;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::mismatch) throw;
    // An operator may have learnt later to take values of these types.
    const int newest = greatest_opset(), highest = version.highest_opset.value_or(newest);
    do ++version.opset;
    while (version.opset <= newest && !is_accepted(outline, version.opset));
    if (version.opset > newest) throw;
    if (version.opset > highest)
      fail(ErrorKind::usage, "onnx",
           "the model needs opset " + std::to_string(version.opset) + ", expected at most " + std::to_string(highest) +
               ": allow a higher opset");
    return version;
  }
}

std::string serialize_onnx(PlainGraph graph, const OnnxVersion& version) {
  const OnnxVersion accepted = accepted_version(graph, version);
  const onnx::ModelProto model = checked_model(std::move(graph), accepted);
  require_size(model.ByteSizeLong());
  return model.SerializeAsString();
}

std::string with_metadata(std::string bytes, const std::map<std::string, std::string>& metadata) {
  // Messages one after the other are one message, whose lists are joined.
  onnx::ModelProto more;
  add_metadata(metadata, more);
  require_size(bytes.size() + more.ByteSizeLong());
  return std::move(bytes) + more.SerializeAsString();
}

void write_onnx(PlainGraph graph, const std::string& path, const OnnxVersion& version) {
  write_file_atomically(path, serialize_onnx(std::move(graph), version));
}

std::string onnx_library_version() { return library_version(); }

}  // namespace millrace
