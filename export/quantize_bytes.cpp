// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "export/graph_names.hpp"
#include "export/quantize.hpp"
#include "export/quantized_constants.hpp"

namespace millrace {

namespace {

// Writes the nodes of `from` again, one after the other, to a graph with quantised weights: the names, tables and
// constants that both ways share.
class ByteRewriting {
 public:
  ByteRewriting(PlainGraph from, const std::set<std::string>& prepared)
      : from_(std::move(from)), names_(from_), rewritten_(results_behind(from_, prepared)) {
    to_.inputs = from_.inputs;
    to_.outputs = from_.outputs;
    to_.metadata = from_.metadata;
    to_.constants = from_.constants;
  }
  virtual ~ByteRewriting() = default;

  PlainGraph run() {
    for (const GraphNode& node : from_.nodes)
      if (WeightedNode weighted; is_weighted(node, weighted))
        all_weights_ += element_count(constant(weighted.weights).shape);
    for (GraphNode& node : from_.nodes) {
      WeightedNode weighted;
      if (!is_weighted(node, weighted) || is_small_product(node, weighted))
        add_plain(std::move(node));
      else if (weighted.is_table)
        add_table(node, weighted);
      else
        add_product(std::move(node), weighted);
    }
    drop_unread_constants(to_);
    return std::move(to_);
  }

 protected:
  virtual void add_plain(GraphNode node) { to_.nodes.push_back(std::move(node)); }
  virtual void add_product(GraphNode node, const WeightedNode& weighted) = 0;

  std::string add_number(const std::string& name, float number) {
    return to_.add_constant(names_.take(name), {}, {number});
  }
  std::string add_integers(const std::string& name, GraphTensor integers) {
    const std::string taken = names_.take(name);
    to_.constants[taken] = std::move(integers);
    return taken;
  }
  std::string add_node(const char* op, const std::string& name, std::vector<std::string> inputs,
                       std::map<std::string, NodeAttribute> attributes = {}) {
    return to_.add(op, names_.take(name), std::move(inputs), std::move(attributes));
  }
  [[nodiscard]] const GraphTensor& constant(const std::string& name) const { return from_.constants.at(name); }

  PlainGraph from_, to_;
  GraphNames names_;

 private:
  std::set<std::string> rewritten_;  // results of nodes that may be
  std::int64_t all_weights_ = 0;

  [[nodiscard]] bool is_weighted(const GraphNode& node, WeightedNode& found) const {
    return rewritten_.contains(node.outputs[0]) && find_weights(from_, node, found);
  }

  // The last layer is often one unit: in bytes it would cost accuracy and save nothing.
  [[nodiscard]] bool is_small_product(const GraphNode& node, const WeightedNode& weighted) const {
    constexpr std::int64_t least_share = 50;
    return node.op != "Conv" && !weighted.is_table &&
           element_count(constant(weighted.weights).shape) < all_weights_ / least_share;
  }

  void add_table(const GraphNode& node, const WeightedNode& weighted) {
    QuantizedWeights table = quantize_table(constant(weighted.weights));
    const std::string integers = add_integers(weighted.weights + "/int8", std::move(table.integers)),
                      scale = add_number(weighted.weights + "/scale", table.scales.at(0)),
                      rows = add_node("Gather", node.outputs[0] + "/int8", {integers, node.inputs[1]}, node.attributes);
    to_.add("DequantizeLinear", node.outputs[0], {rows, scale});
  }
};

class StaticRewriting final : public ByteRewriting {
 public:
  StaticRewriting(PlainGraph graph, const ObservedValues& observed, const std::set<std::string>& prepared)
      : ByteRewriting(std::move(graph), prepared), observed_(observed) {
    for (const GraphNode& node : from_.nodes)
      for (const std::string& input : node.inputs) reader_[input] = &node;
  }

 protected:
  void add_plain(GraphNode node) override {
    use_quantized(node);
    const std::string result = node.outputs[0];
    to_.nodes.push_back(std::move(node));
    if (wanted_.contains(result)) replaced_[result] = quantized_value(result);
  }

  void add_product(GraphNode node, const WeightedNode& weighted) override {
    use_quantized(node);
    const std::string input = node.inputs[0], result = node.outputs[0];
    const ByteScale scale = scale_of(input);
    const bool is_quantized = std::ranges::any_of(replaced_, [&](const auto& each) { return each.second == input; });
    if (!is_quantized) node.inputs[0] = quantized_value(input);
    QuantizedWeights weights = quantize_channels(constant(weighted.weights), weighted.axis);
    if (node.inputs.size() > 2) node.inputs[2] = add_bias(node.inputs[2], result, scale.scale, weights.scales);
    node.inputs[1] = add_weights(result, weighted, std::move(weights));
    // ONNX Runtime computes Conv with 8 bits only if its result, after a relu, is quantised, too.
    const GraphNode* const next = names_.readers(result) == 1 ? reader_[result] : nullptr;
    const bool is_conv = node.op == "Conv";
    to_.nodes.push_back(std::move(node));
    if (is_conv && next != nullptr && next->op == "Relu")
      wanted_.insert(next->outputs[0]);
    else if (is_conv)
      replaced_[result] = quantized_value(result);
  }

 private:
  // Inputs that have quantised forms.
  void use_quantized(GraphNode& node) const {
    for (std::string& input : node.inputs)
      if (const auto at = replaced_.find(input); at != replaced_.end()) input = at->second;
  }

  // The scale of a value, or of the value that it is the quantised form of.
  [[nodiscard]] ByteScale scale_of(const std::string& value) const {
    for (const auto& [original, form] : forms_)
      if (form == value) return byte_scale(observed_.at(original));
    return byte_scale(observed_.at(value));
  }

  // The value through QuantizeLinear and DequantizeLinear.
  std::string quantized_value(const std::string& value) {
    if (const auto at = forms_.find(value); at != forms_.end()) return at->second;
    const ByteScale scale = scale_of(value);
    const std::string number = add_number(value + "/scale", scale.scale);
    const std::string zero =
        add_integers(value + "/zero_point", {.shape = {}, .integers = {scale.zero_point}, .smaller = ValueType::uint8});
    const std::string bytes = add_node("QuantizeLinear", value + "/quantized", {value, number, zero});
    return forms_[value] = add_node("DequantizeLinear", value + "/dequantized", {bytes, number, zero});
  }

  std::string add_weights(const std::string& result, const WeightedNode& weighted, QuantizedWeights weights) {
    const std::int64_t channels = std::ssize(weights.scales);
    const std::string integers = add_integers(result + "/kernel_int8", std::move(weights.integers)),
                      zero = add_integers(result + "/kernel_zero_point",
                                          {.shape = {channels},
                                           .integers = std::vector<std::int64_t>(weights.scales.size()),
                                           .smaller = ValueType::int8});
    const std::string scales =
        to_.add_constant(names_.take(result + "/kernel_scale"), {channels}, std::move(weights.scales));
    return add_node("DequantizeLinear", result + "/kernel", {integers, scales, zero},
                    {{"axis", static_cast<std::int64_t>(weighted.axis)}});
  }

  // In the unit of the sums of products. Stays in floats if a number would need more than 32 bits.
  std::string add_bias(const std::string& bias, const std::string& result, float scale,
                       const std::vector<float>& weights) {
    const std::vector<float>& values = constant(bias).values;
    GraphTensor integers{.shape = constant(bias).shape, .smaller = ValueType::int32};
    std::vector<float> scales;
    for (std::size_t c = 0; c < values.size(); ++c) {
      constexpr double most = 2147483000;
      const double unit = static_cast<double>(scale) * static_cast<double>(weights[c]);
      if (std::abs(static_cast<double>(values[c])) > most * unit) return bias;
      scales.push_back(static_cast<float>(unit));
      integers.integers.push_back(std::llround(static_cast<double>(values[c]) / static_cast<double>(scales.back())));
    }
    const std::int64_t channels = std::ssize(scales);
    const std::string whole = add_integers(result + "/bias_int32", std::move(integers));
    const std::string unit = to_.add_constant(names_.take(result + "/bias_scale"), {channels}, std::move(scales));
    return add_node("DequantizeLinear", result + "/bias", {whole, unit}, {{"axis", std::int64_t{0}}});
  }

  const ObservedValues& observed_;
  std::map<std::string, const GraphNode*> reader_;  // the last node that reads a value
  std::map<std::string, std::string> forms_;        // by value, its quantised form
  std::map<std::string, std::string> replaced_;     // values that everybody reads in that form
  std::set<std::string> wanted_;                    // values that will be
};

class DynamicRewriting final : public ByteRewriting {
 public:
  using ByteRewriting::ByteRewriting;

 protected:
  void add_product(GraphNode node, const WeightedNode& weighted) override {
    const bool is_conv = node.op == "Conv";
    const std::string &input = node.inputs[0], &result = node.outputs[0];
    const Form& form = quantized_value(input);
    const std::string product = is_conv ? "ConvInteger" : "MatMulInteger";
    GraphTensor weights = constant(weighted.weights);
    if (!is_conv && weighted.axis == 0) weights = transposed(weights);
    QuantizedWeights bytes = quantize_channels(weights, is_conv ? 0 : 1);
    const std::int64_t channels = std::ssize(bytes.scales);
    // Along the channels of the result: (channels), or (channels, 1, 1) for images.
    const Shape shape = is_conv ? Shape{channels, 1, 1} : Shape{channels};
    const std::string integers = add_integers(result + "/kernel_int8", std::move(bytes.integers));
    const std::string scales = to_.add_constant(names_.take(result + "/kernel_scale"), shape, std::move(bytes.scales));
    const std::string sums = add_node(product.c_str(), result + "/sums", {form.bytes, integers, form.zero_point},
                                      is_conv ? node.attributes : std::map<std::string, NodeAttribute>{});
    const std::string floats = add_node("Cast", result + "/floats", {sums}, {{"to", cast_to_real32}});
    const std::string unit = add_node("Mul", result + "/unit", {form.scale, scales});
    if (node.inputs.size() < 3) {
      to_.add("Mul", result, {floats, unit});
      return;
    }
    std::string bias = node.inputs[2];
    if (is_conv) bias = to_.add_constant(names_.take(result + "/bias"), shape, constant(bias).values);
    to_.add("Add", result, {add_node("Mul", result + "/products", {floats, unit}), bias});
  }

 private:
  struct Form {
    std::string bytes, scale, zero_point;
  };

  const Form& quantized_value(const std::string& value) {
    const auto [at, is_new] = forms_.try_emplace(value);
    if (!is_new) return at->second;
    at->second = {names_.take(value + "/quantized"), names_.take(value + "/scale"), names_.take(value + "/zero_point")};
    const Form& form = at->second;
    to_.nodes.push_back({"DynamicQuantizeLinear", form.bytes, {value}, {form.bytes, form.scale, form.zero_point}, {}});
    return form;
  }

  static GraphTensor transposed(const GraphTensor& matrix) {
    const auto rows = static_cast<std::size_t>(matrix.shape[0]), columns = static_cast<std::size_t>(matrix.shape[1]);
    GraphTensor result{.shape = {matrix.shape[1], matrix.shape[0]}};
    for (std::size_t c = 0; c < columns; ++c)
      for (std::size_t r = 0; r < rows; ++r) result.values.push_back(matrix.values[r * columns + c]);
    return result;
  }

  std::map<std::string, Form> forms_;
};

}  // namespace

PlainGraph with_bytes(PlainGraph graph, const ObservedValues& observed, const std::set<std::string>& prepared) {
  return StaticRewriting(std::move(graph), observed, prepared).run();
}

PlainGraph with_dynamic_bytes(PlainGraph graph, const std::set<std::string>& prepared) {
  return DynamicRewriting(std::move(graph), prepared).run();
}

}  // namespace millrace
