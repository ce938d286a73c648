// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "base/fail.hpp"
#include "base/input_file.hpp"
#include "export/external_data.hpp"
#include "export/foreign_model.hpp"
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
  GraphReader(const std::string& file, const std::string& folder, onnx::ModelProto& model)
      : model_(model), from_(model.graph()), maker_(maker_of(model)), file_("'" + file + "'") {
    const bool ours = maker_.empty() || maker_.starts_with(own_maker);
    owner_ = ours ? file_ + ":" : file_ + " was made by " + maker_ + ", and its";
    if (!ours) file_ += " was made by " + maker_ + " and";
    external_.emplace(owner_, folder);
  }

  [[nodiscard]] PlainGraph read() {
    read_opset();
    for (const auto& entry : model_.metadata_props())
      if (!graph_.metadata.emplace(entry.key(), entry.value()).second)
        refuse("has metadata '" + entry.key() + "' twice, expected it once");
    if (from_.sparse_initializer_size() > 0) refuse("has sparse constants, expected dense ones");
    for (onnx::TensorProto& tensor : *model_.mutable_graph()->mutable_initializer()) {
      external_->load(tensor);
      add_constant(tensor.name(), tensor);
      delete tensor.release_raw_data();  // clear() would keep the memory
    }
    for (const onnx::ValueInfoProto& input : from_.input()) read_input(input);
    for (int i = 0; i < from_.node_size(); ++i) read_node(i);
    if (!problems_.empty())
      refuse("has " + problems_ + ", expected nodes of ONNX's own operators without control flow");
    for (const onnx::ValueInfoProto& output : from_.output()) read_output(output);
    if (graph_.inputs.empty() || graph_.outputs.empty())
      refuse("has " + std::to_string(graph_.inputs.size()) + " inputs and " + std::to_string(graph_.outputs.size()) +
             " outputs, expected at least one of each");
    axes_to_attributes(graph_);
    return std::move(graph_);
  }

 private:
  // Whose file it is comes first: that another program made it may be all that is wrong.
  [[noreturn]] void refuse(const std::string& text) const { fail(ErrorKind::data, "onnx", file_ + " " + text); }

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
    graph_.constants[name] = read_tensor(owner_, name, tensor);
  }

  void read_input(const onnx::ValueInfoProto& input) {
    if (graph_.constants.contains(input.name())) return;  // older files list constants as inputs, too
    define(input.name());
    graph_.inputs.push_back(read_value("input '" + input.name() + "'", input));
  }

  // The shape of an output follows from its node; a file need not say it.
  void read_output(const onnx::ValueInfoProto& output) {
    if (!defined_.contains(output.name()))
      refuse("has an output '" + output.name() + "' that nothing computes, expected the output of a node");
    if (const auto scores = zipped_.find(output.name()); scores != zipped_.end()) {
      graph_.outputs.push_back({scores->second, {}});
      return;
    }
    graph_.outputs.push_back(read_type("output '" + output.name() + "'", output));
    for (int i = 1; i < output.type().tensor_type().shape().dim_size(); ++i)
      graph_.outputs.back().shape.push_back(output.type().tensor_type().shape().dim(i).dim_value());
  }

  // The name and the type; the shape is still missing.
  [[nodiscard]] GraphValue read_type(const std::string& what, const onnx::ValueInfoProto& value) const {
    if (!value.type().has_tensor_type()) refuse("has an " + what + " that is no tensor, expected a tensor");
    const int type = value.type().tensor_type().elem_type();
    const std::optional<ValueType> element = value_type(type);
    if (!element)
      refuse("has an " + what + " of " + type_text(type) +
             ", expected FLOAT, FLOAT16, DOUBLE, BOOL, STRING or integers of up to 64 bits");
    return {value.name(), {}, *element};
  }

  // The leading dimension, the batch, is left out, whether it has a name, a size or neither.
  [[nodiscard]] GraphValue read_value(const std::string& what, const onnx::ValueInfoProto& value) const {
    GraphValue result = read_type(what, value);
    const onnx::TypeProto_Tensor& type = value.type().tensor_type();
    if (!type.has_shape() || type.shape().dim_size() == 0)
      refuse("has an " + what +
             " of unknown shape or without a batch, expected (batch, ...): run ONNX's shape inference on it");
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

  // "node 5 of 12, 'act' (Relu)"
  [[nodiscard]] std::string place_of(int index) const {
    const onnx::NodeProto& node = from_.node(index);
    const std::string& name = node.name().empty() && node.output_size() > 0 ? node.output(0) : node.name();
    return "node " + std::to_string(index + 1) + " of " + std::to_string(from_.node_size()) + ", '" + name + "' (" +
           node.op_type() + ")";
  }

  // All nodes that no graph here can have are named at once.
  [[nodiscard]] bool is_plain(int index) {
    const onnx::NodeProto& node = from_.node(index);
    std::string problem;
    if (!is_default_domain(node.domain()) && node.domain() != ml_domain)
      problem = " of the domain '" + node.domain() + "'";
    for (const onnx::AttributeProto& attribute : node.attribute())
      if (attribute.type() == onnx::AttributeProto_AttributeType_GRAPH ||
          attribute.type() == onnx::AttributeProto_AttributeType_GRAPHS)
        problem = " with attribute '" + attribute.name() + "' that is a subgraph";
    if (problem.empty()) return true;
    problems_ += (problems_.empty() ? "" : "; ") + place_of(index) + problem;
    return false;
  }

  void read_node(int index) {
    const onnx::NodeProto& node = from_.node(index);
    const std::string what = place_of(index);
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
    if (!is_plain(index)) return;
    for (const onnx::AttributeProto& attribute : node.attribute())
      if (!result.attributes.emplace(attribute.name(), read_attribute(what, attribute)).second)
        refuse("has " + what + " with attribute '" + attribute.name() + "' twice, expected it once");
    if (opset_ < 13 && result.domain.empty() && (result.op == "Softmax" || result.op == "LogSoftmax"))
      result.attributes.emplace("axis", std::int64_t{1});
    if (result.op == "ZipMap" && result.inputs.size() == 1 && result.outputs.size() == 1)
      zipped_[result.outputs[0]] = result.inputs[0];
    else
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
      case onnx::AttributeProto_AttributeType_TENSOR:
        return read_element(named, attribute.t());
      default:
        refuse("has " + named + " of kind " + onnx::AttributeProto_AttributeType_Name(attribute.type()) +
               ", expected INT, FLOAT, STRING, INTS, FLOATS or STRINGS");
    }
  }

  // The number with which ConstantOfShape fills a tensor.
  [[nodiscard]] NodeAttribute read_element(const std::string& named, const onnx::TensorProto& from) const {
    const GraphTensor tensor = read_tensor(owner_, named, from);
    if (tensor.values.size() == 1) return tensor.values[0];
    if (tensor.doubles.size() == 1) return static_cast<float>(tensor.doubles[0]);
    if (tensor.integers.size() == 1) return tensor.integers[0];
    refuse("has " + named + " that is a tensor of shape " + shape_text(tensor.shape) + ", expected one number");
  }

  void read_constant(const std::string& what, const onnx::NodeProto& node) {
    if (node.output_size() != 1 || node.attribute_size() != 1)
      refuse("has " + what + " with " + std::to_string(node.output_size()) + " outputs and " +
             std::to_string(node.attribute_size()) + " attributes, expected one of each");
    const onnx::AttributeProto& attribute = node.attribute(0);
    const std::string& name = node.output(0);
    if (attribute.type() == onnx::AttributeProto_AttributeType_TENSOR) {
      onnx::TensorProto tensor = attribute.t();
      external_->load(tensor);
      return add_constant(name, tensor);
    }
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

  onnx::ModelProto& model_;
  const onnx::GraphProto& from_;
  std::string maker_, file_, owner_;  // the latter two begin messages
  std::optional<ExternalData> external_;
  PlainGraph graph_;
  std::set<std::string> defined_;
  std::map<std::string, std::string> zipped_;  // by output of a ZipMap, the scores that it names
  std::string problems_;                       // nodes that no graph here can have
  std::int64_t opset_ = 0;
  bool has_ml_opset_ = false;
};

}  // namespace

OnnxContent parse_onnx_content(std::string_view bytes, const std::string& name, const std::string& folder) {
  onnx::ModelProto model;
  // protobuf parses the empty file, and many files of other kinds, as messages of unknown fields.
  const bool parsed =
      bytes.size() <= greatest_onnx_bytes && model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (!parsed || model.ir_version() <= 0 || !model.has_graph()) {
    const std::string foreign = foreign_model(bytes);
    fail(ErrorKind::data, "onnx",
         "'" + name + "' is not an ONNX model" +
             (foreign.empty() ? " or is cut short, expected a complete one" : ", expected one: " + foreign));
  }
  OnnxContent content{{}, maker_of(model), {}};
  for (const onnx::NodeProto& node : model.graph().node()) {
    ++content.places.nodes;
    for (const std::string& output : node.output()) content.places.by_output.emplace(output, content.places.nodes);
  }
  content.graph = GraphReader(name, folder, model).read();
  return content;
}

PlainGraph parse_onnx(std::string_view bytes, const std::string& name, const std::string& folder) {
  return parse_onnx_content(bytes, name, folder).graph;
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

std::string folder_of_model(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

OnnxContent read_onnx_content(const std::string& path) {
  return parse_onnx_content(read_onnx_bytes(path), path, folder_of_model(path));
}

PlainGraph read_onnx(const std::string& path) { return read_onnx_content(path).graph; }

}  // namespace millrace
