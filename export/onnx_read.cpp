// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/fail.hpp"
#include "base/input_file.hpp"
#include "export/onnx_file.hpp"
#include "export/onnx_tensor.hpp"
#include "export/reduction_axes.hpp"

namespace millrace {

namespace {

constexpr std::int64_t least_read_opset = 7;    // earlier ones broadcast only with an attribute
constexpr std::int64_t newest_read_opset = 25;  // later ones may give operators another meaning

constexpr std::string_view own_maker = "millrace";

std::string maker_of(const onnx::ModelProto& model) {
  return model.producer_name() + (model.producer_version().empty() ? "" : " ") + model.producer_version();
}

bool is_default_domain(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

// Turns a parsed model into a graph and frees the model's numbers one tensor after the other. Every error names the file.
class GraphReader {
 public:
  GraphReader(const std::string& file, onnx::ModelProto& model) : file_(file), model_(model), from_(model.graph()) {}

  [[nodiscard]] PlainGraph read() {
    read_opset();
    for (const auto& entry : model_.metadata_props())
      if (!graph_.metadata.emplace(entry.key(), entry.value()).second)
        refuse("has metadata '" + entry.key() + "' twice, expected it once");
    if (from_.sparse_initializer_size() > 0) refuse("has sparse constants, expected dense ones");
    for (onnx::TensorProto& tensor : *model_.mutable_graph()->mutable_initializer()) {
      add_constant(tensor.name(), tensor);
      delete tensor.release_raw_data();  // clear() would keep the memory
    }
    for (const onnx::ValueInfoProto& input : from_.input()) read_input(input);
    for (const onnx::NodeProto& node : from_.node()) read_node(node);
    for (const onnx::ValueInfoProto& output : from_.output()) read_output(output);
    if (graph_.inputs.empty() || graph_.outputs.empty())
      refuse("has " + std::to_string(graph_.inputs.size()) + " inputs and " + std::to_string(graph_.outputs.size()) +
             " outputs, expected at least one of each");
    axes_to_attributes(graph_);
    return std::move(graph_);
  }

 private:
  // Whose file it is comes first: that another program made it may be all that is wrong.
  [[noreturn]] void refuse(const std::string& text) const {
    const std::string maker = maker_of(model_);
    const bool ours = maker.empty() || maker.starts_with(own_maker);
    fail(ErrorKind::data, "onnx", "'" + file_ + "' " + (ours ? "" : "was made by " + maker + " and ") + text);
  }

  void read_opset() {
    const auto& imports = model_.opset_import();
    const auto import = std::ranges::find_if(imports, [](const auto& i) { return is_default_domain(i.domain()); });
    if (import == imports.end()) refuse("names no opset of ONNX's own operators, expected one");
    opset_ = import->version();
    has_ml_opset_ = std::ranges::any_of(imports, [](const auto& i) { return i.domain() == ml_domain; });
    if (opset_ < least_read_opset || opset_ > newest_read_opset)
      refuse("has opset " + std::to_string(opset_) + ", expected " + std::to_string(least_read_opset) + " to " +
             std::to_string(newest_read_opset) + ": convert it");
    if (model_.functions_size() > 0) refuse("defines functions, expected a graph of operators: inline them");
  }

  // Registers a value, which must have a name that no other value has.
  void define(const std::string& name) {
    if (name.empty() || !defined_.insert(name).second)
      refuse("defines the value '" + name + "' twice or without a name, expected it once");
  }

  void add_constant(const std::string& name, const onnx::TensorProto& tensor) {
    define(name);
    graph_.constants[name] = read_tensor(file_, name, tensor);
  }

  void read_input(const onnx::ValueInfoProto& input) {
    if (graph_.constants.contains(input.name())) return;  // older files list constants as inputs, too
    define(input.name());
    graph_.inputs.push_back(read_value("input '" + input.name() + "'", input));
  }

  void read_output(const onnx::ValueInfoProto& output) {
    if (!defined_.contains(output.name()))
      refuse("has an output '" + output.name() + "' that nothing computes, expected the output of a node");
    graph_.outputs.push_back(read_value("output '" + output.name() + "'", output));
  }

  // The leading dimension, the batch, is left out, whether it has a name, a size or neither.
  [[nodiscard]] GraphValue read_value(const std::string& what, const onnx::ValueInfoProto& value) const {
    if (!value.type().has_tensor_type()) refuse("has an " + what + " that is no tensor, expected a tensor");
    const onnx::TypeProto_Tensor& type = value.type().tensor_type();
    const std::optional<ValueType> element = value_type(type.elem_type());
    if (!element)
      refuse("has an " + what + " of " + type_text(type.elem_type()) + ", expected FLOAT, DOUBLE, INT64 or STRING");
    if (!type.has_shape() || type.shape().dim_size() == 0)
      refuse("has an " + what +
             " of unknown shape or without a batch, expected (batch, ...): run ONNX's shape inference on it");
    GraphValue result{value.name(), {}, *element};
    for (int i = 1; i < type.shape().dim_size(); ++i) {
      const auto& dim = type.shape().dim(i);
      if (dim.dim_value() <= 0)
        refuse("has an " + what + " whose dimension " + std::to_string(i) + " is free" +
               (dim.has_dim_param() ? " ('" + dim.dim_param() + "')" : "") +
               ", expected a number: only the leading one, the batch, may be free");
      result.shape.push_back(dim.dim_value());
    }
    return result;
  }

  void read_node(const onnx::NodeProto& node) {
    const std::string what = "node '" + (node.name().empty() && node.output_size() > 0 ? node.output(0) : node.name()) +
                             "' (" + node.op_type() + ")";
    if (!is_default_domain(node.domain()) && node.domain() != ml_domain)
      refuse("has " + what + " of the domain '" + node.domain() + "', expected ONNX's own operators");
    if (node.domain() == ml_domain && !has_ml_opset_)
      refuse("has " + what + " of the domain '" + node.domain() + "' and names no opset of it, expected one");
    GraphNode result{node.op_type(),
                     node.name(),
                     {node.input().begin(), node.input().end()},
                     {node.output().begin(), node.output().end()},
                     {},
                     is_default_domain(node.domain()) ? "" : node.domain()};
    for (const std::string& input : result.inputs)
      if (!input.empty() && !defined_.contains(input))
        refuse("has " + what + " that reads '" + input + "', expected a value that is computed before");
    if (node.op_type() == "Constant") return read_constant(what, node);
    for (const std::string& output : result.outputs)
      if (!output.empty()) define(output);  // an optional output that is not computed has no name
    for (const onnx::AttributeProto& attribute : node.attribute())
      if (!result.attributes.emplace(attribute.name(), read_attribute(what, attribute)).second)
        refuse("has " + what + " with attribute '" + attribute.name() + "' twice, expected it once");
    if (opset_ < 13 && result.domain.empty() && (result.op == "Softmax" || result.op == "LogSoftmax"))
      result.attributes.emplace("axis", std::int64_t{1});
    graph_.nodes.push_back(std::move(result));
  }

  [[nodiscard]] NodeAttribute read_attribute(const std::string& what, const onnx::AttributeProto& attribute) const {
    const std::string named = what + " with attribute '" + attribute.name() + "'";
    if (!attribute.ref_attr_name().empty()) refuse("has " + named + " that refers to a function's, expected a value");
    switch (attribute.type()) {
      case onnx::AttributeProto_AttributeType_INT:
        return attribute.i();
      case onnx::AttributeProto_AttributeType_FLOAT:
        return attribute.f();
      case onnx::AttributeProto_AttributeType_STRING:
        return attribute.s();
      case onnx::AttributeProto_AttributeType_INTS:
        return std::vector<std::int64_t>(attribute.ints().begin(), attribute.ints().end());
      case onnx::AttributeProto_AttributeType_FLOATS:
        return std::vector<float>(attribute.floats().begin(), attribute.floats().end());
      case onnx::AttributeProto_AttributeType_STRINGS:
        return std::vector<std::string>(attribute.strings().begin(), attribute.strings().end());
      case onnx::AttributeProto_AttributeType_GRAPH:
      case onnx::AttributeProto_AttributeType_GRAPHS:
        refuse("has " + named + " that is a subgraph, expected a graph without control flow");
      default:
        refuse("has " + named + " of kind " + onnx::AttributeProto_AttributeType_Name(attribute.type()) +
               ", expected INT, FLOAT, STRING, INTS, FLOATS or STRINGS");
    }
  }

  void read_constant(const std::string& what, const onnx::NodeProto& node) {
    if (node.output_size() != 1 || node.attribute_size() != 1)
      refuse("has " + what + " with " + std::to_string(node.output_size()) + " outputs and " +
             std::to_string(node.attribute_size()) + " attributes, expected one of each");
    const onnx::AttributeProto& attribute = node.attribute(0);
    const std::string& name = node.output(0);
    if (attribute.type() == onnx::AttributeProto_AttributeType_TENSOR) return add_constant(name, attribute.t());
    NodeAttribute value = read_attribute(what, attribute);
    define(name);
    GraphTensor& tensor = graph_.constants[name];
    if (const auto* integer = std::get_if<std::int64_t>(&value)) tensor.integers = {*integer};
    if (const auto* number = std::get_if<float>(&value)) tensor.values = {*number};
    if (const auto* text = std::get_if<std::string>(&value)) tensor.texts = {*text};
    if (auto* integers = std::get_if<std::vector<std::int64_t>>(&value))
      tensor = {.shape = {std::ssize(*integers)}, .integers = std::move(*integers)};
    if (auto* numbers = std::get_if<std::vector<float>>(&value))
      tensor = {.shape = {std::ssize(*numbers)}, .values = std::move(*numbers)};
    if (auto* texts = std::get_if<std::vector<std::string>>(&value))
      tensor = {.shape = {std::ssize(*texts)}, .texts = std::move(*texts)};
  }

  const std::string& file_;
  onnx::ModelProto& model_;
  const onnx::GraphProto& from_;
  PlainGraph graph_;
  std::set<std::string> defined_;
  std::int64_t opset_ = 0;
  bool has_ml_opset_ = false;
};

}  // namespace

PlainGraph parse_onnx(std::string_view bytes, const std::string& name) {
  onnx::ModelProto model;
  // protobuf parses the empty file, and many files of other kinds, as messages of unknown fields.
  const bool parsed =
      bytes.size() <= greatest_onnx_bytes && model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (!parsed || model.ir_version() <= 0 || !model.has_graph())
    fail(ErrorKind::data, "onnx", "'" + name + "' is not an ONNX model or is cut short, expected a complete one");
  return GraphReader(name, model).read();
}

std::string onnx_maker(std::string_view bytes) {
  onnx::ModelProto model;
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return "";
  return maker_of(model);
}

std::string read_onnx_bytes(const std::string& path) {
  InputFile in(path, "onnx");
  if (in.size() > greatest_onnx_bytes)
    in.refuse("has " + std::to_string(in.size()) + " bytes, expected an ONNX model, which has at most " +
              std::to_string(greatest_onnx_bytes));
  std::string bytes(in.size(), '\0');
  in.read(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

PlainGraph read_onnx(const std::string& path) { return parse_onnx(read_onnx_bytes(path), path); }

}  // namespace millrace
