// SPDX-License-Identifier: Apache-2.0
#include "model/table_front.hpp"

#include <algorithm>
#include <set>

#include "model/input_columns.hpp"

namespace millrace {

namespace {

class TableFront {
 public:
  TableFront(ModelCard& card, const TablePreparation& preparation)
      : card_(card), preparation_(preparation), prepared_names_(preparation.names()) {
    for (const auto& column : preparation.columns()) columns_.push_back(column->name());
    for (const NodeDescription& node : card.network.nodes) taken_.insert(node.name);
    for (const GraphInput& input : card.inputs) taken_.insert(input.name);
  }

  void build() {
    const std::vector<GraphInput> given = std::move(card_.inputs);
    std::vector<NodeDescription> nodes = std::move(card_.network.nodes);
    card_.inputs.clear();
    card_.network.nodes.clear();
    for (const GraphInput& input : given) {
      const std::string result = replace(input);
      for (NodeDescription& node : nodes) std::ranges::replace(node.inputs, input.name, result);
    }
    std::ranges::move(nodes, std::back_inserter(card_.network.nodes));
  }

 private:
  // Adds the inputs and layers for one input of the user; returns the name of the value that stands for it.
  std::string replace(const GraphInput& input) {
    GraphInput numbers{.name = input.name};
    std::vector<std::int64_t> indices;  // into preparation_.columns()
    for (const std::int64_t column : columns_of(input, std::ssize(columns_), columns_)) {
      const PreparedColumn& prepared = *preparation_.columns()[column];
      if (prepared.slots() > 0) {
        indices.push_back(column);
        continue;
      }
      for (std::int64_t i = 0; i < prepared.width(); ++i)
        numbers.columns.push_back(prepared_names_[preparation_.place(column) + i]);
    }
    if (std::ssize(numbers.columns) == preparation_.numbers()) {
      numbers.columns.clear();
      numbers.range = {0, preparation_.numbers()};
    }
    if (indices.empty()) {
      card_.inputs.push_back(std::move(numbers));
      return input.name;
    }
    std::vector<std::string> parts;
    if (!numbers.columns.empty() || numbers.range.count > 0) {
      parts.push_back(numbers.name);
      card_.inputs.push_back(std::move(numbers));
    }
    for (const std::int64_t column : indices) parts.push_back(embed(column));
    if (parts.size() == 1) return parts[0];
    const std::string joined = unused_name(input.name + "_columns");
    card_.network.nodes.push_back({joined, Concatenate{}, std::move(parts)});
    return joined;
  }

  std::string embed(std::int64_t column) {
    const PreparedColumn& prepared = *preparation_.columns()[column];
    const std::string index = unused_name(prepared.name() + "_slot");
    card_.inputs.push_back({.name = index, .range = {preparation_.place(column), 1}});
    const std::string table = unused_name(prepared.name() + "_embedding");
    card_.network.nodes.push_back(
        {table, Embedding{.input_dim = prepared.slots(), .output_dim = prepared.dimension()}, {index}});
    const std::string vector = unused_name(prepared.name() + "_vector");
    card_.network.nodes.push_back({vector, Flatten{}, {table}});
    return vector;
  }

  // Layers and inputs of a network cannot have '/' in their names.
  std::string unused_name(std::string name) {
    std::ranges::replace(name, '/', '_');
    std::string result = name;
    for (int number = 2; !taken_.insert(result).second; ++number) result = name + "_" + std::to_string(number);
    return result;
  }

  ModelCard& card_;
  const TablePreparation& preparation_;
  const std::vector<std::string> prepared_names_;
  std::vector<std::string> columns_;  // names of the table's columns
  std::set<std::string> taken_;
};

}  // namespace

void add_table_front(ModelCard& card, const TablePreparation& preparation) { TableFront(card, preparation).build(); }

}  // namespace millrace
