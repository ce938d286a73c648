// SPDX-License-Identifier: Apache-2.0
#include "export/graph_digest.hpp"

#include <cstdint>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

#include "store/checksum.hpp"

namespace millrace {

namespace {

// Every list is preceded by its length, so that different graphs give different sequences of bytes. Parts that older
// graphs do not have add nothing where a graph does not have them: digests of older files stay as they are.
class GraphDigest {
 public:
  void add_text(std::string_view text) { checksum_.add_text(text); }

  void add_graph(const PlainGraph& graph) {
    add_values(graph.inputs);
    add_values(graph.outputs);
    add_count(std::ssize(graph.constants));
    for (const auto& [name, tensor] : graph.constants) {
      add_text(name);
      add_numbers(tensor.shape);
      add_numbers(tensor.values);
      add_numbers(tensor.integers);
      if (tensor.smaller) add_count(-static_cast<std::int64_t>(*tensor.smaller));
      if (!tensor.doubles.empty()) add_numbers(tensor.doubles);
      if (!tensor.texts.empty()) add_texts(tensor.texts);
    }
    add_count(std::ssize(graph.nodes));
    for (const GraphNode& node : graph.nodes) add_node(node);
  }

  [[nodiscard]] std::string hex() const { return checksum_.hex(); }

 private:
  void add_count(std::int64_t count) { checksum_.add(std::as_bytes(std::span(&count, 1))); }

  template <class Number>
  void add_numbers(const std::vector<Number>& numbers) {
    add_count(std::ssize(numbers));
    checksum_.add(std::as_bytes(std::span(numbers)));
  }

  void add_texts(const std::vector<std::string>& texts) {
    add_count(std::ssize(texts));
    for (const std::string& text : texts) add_text(text);
  }

  void add_values(const std::vector<GraphValue>& values) {
    add_count(std::ssize(values));
    for (const GraphValue& value : values) {
      add_text(value.name);
      if (value.type != ValueType::real32) add_count(-static_cast<std::int64_t>(value.type));
      add_numbers(value.shape);
    }
  }

  void add_node(const GraphNode& node) {
    add_text(node.domain.empty() ? node.op : node.domain + ':' + node.op);
    add_texts(node.inputs);
    add_texts(node.outputs);
    add_count(std::ssize(node.attributes));
    for (const auto& [name, attribute] : node.attributes) {
      add_text(name);
      add_count(static_cast<std::int64_t>(attribute.index()));
      std::visit([&](const auto& value) { add_attribute(value); }, attribute);
    }
  }

  template <class Value>
  void add_attribute(const Value& value) {
    if constexpr (std::is_arithmetic_v<Value>)
      add_numbers(std::vector{value});
    else if constexpr (std::is_same_v<Value, std::string>)
      add_text(value);
    else if constexpr (std::is_same_v<Value, std::vector<std::string>>)
      add_texts(value);
    else
      add_numbers(value);
  }

  ChecksumStream checksum_;
};

}  // namespace

std::string graph_digest(const PlainGraph& graph, std::string_view description) {
  GraphDigest digest;
  digest.add_text(description);
  digest.add_graph(graph);
  return digest.hex();
}

}  // namespace millrace
