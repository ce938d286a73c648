// SPDX-License-Identifier: Apache-2.0
#include "model/table_front.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "model/input_columns.hpp"

namespace millrace {

namespace {

// For each layer the member of the ensemble that it belongs to, from 0; all are member 0 of a network that is none. A
// layer that several members read belongs to the last of them.
std::vector<std::size_t> member_of_layers(const std::vector<GraphLayer>& layers, std::size_t members) {
  std::vector<std::size_t> result(layers.size(), 0);
  const auto mark = [&](const auto& self, const std::string& name, std::size_t member) -> void {
    const auto at = std::ranges::find(layers, name, &GraphLayer::name);
    if (at == layers.end()) return;
    result[static_cast<std::size_t>(at - layers.begin())] = member;
    for (const std::string& input : at->inputs) self(self, input, member);
  };
  for (std::size_t member = 1; member < members; ++member) mark(mark, layers.back().inputs[member], member);
  return result;
}

class TableFront {
 public:
  TableFront(ModelCard& card, const TablePreparation& preparation)
      : card_(card), preparation_(preparation), prepared_names_(preparation.names()) {
    for (const auto& column : preparation.columns()) columns_.push_back(column->name());
    for (const GraphLayer& layer : card.network.layers) taken_.insert(layer.name);
    for (const GraphInput& input : card.inputs) taken_.insert(input.name);
  }

  void build() {
    Graph given{.inputs = std::exchange(card_.inputs, {}), .layers = std::exchange(card_.network.layers, {})};
    std::vector<GraphLayer>& layers = given.layers;
    const auto members = static_cast<std::size_t>(member_count(given));
    const std::vector<std::size_t> member_of = member_of_layers(layers, members);
    for (const GraphInput& input : given.inputs) {
      const Parts parts = add_inputs(input);
      // Each member of an ensemble has vectors of its own, so that it learns nothing from rows that it holds out.
      for (std::size_t member = 0; member < members; ++member) {
        const std::string prefix = members > 1 ? "member_" + std::to_string(member + 1) + "_" : "";
        const std::string result = parts.indices.empty() ? input.name : join(parts, prefix + input.name, prefix);
        for (std::size_t i = 0; i < layers.size(); ++i)
          if (member_of[i] == member) std::ranges::replace(layers[i].inputs, input.name, result);
      }
    }
    std::ranges::move(layers, std::back_inserter(card_.network.layers));
  }

 private:
  // The inputs that stand for an input of the user: its numbers, and a column of indices for each categories.
  struct Parts {
    std::string numbers;                                        // empty: there are none
    std::vector<std::pair<std::int64_t, std::string>> indices;  // into preparation_.columns(), with the input
  };

  Parts add_inputs(const GraphInput& input) {
    GraphInput numbers{.name = input.name};
    Parts parts;
    for (const std::int64_t column : columns_of(input, std::ssize(columns_), columns_)) {
      const PreparedColumn& prepared = *preparation_.columns()[column];
      if (prepared.slots() > 0) {
        parts.indices.emplace_back(column, unused_name(prepared.name() + "_slot"));
        continue;
      }
      for (std::int64_t i = 0; i < prepared.width(); ++i)
        numbers.columns.push_back(prepared_names_[preparation_.place(column) + i]);
    }
    if (std::ssize(numbers.columns) == preparation_.numbers()) {
      numbers.columns.clear();
      numbers.range = {0, preparation_.numbers()};
    }
    if (parts.indices.empty() || !numbers.columns.empty() || numbers.range.count > 0) {
      parts.numbers = numbers.name;
      card_.inputs.push_back(std::move(numbers));
    }
    for (const auto& [column, index] : parts.indices)
      card_.inputs.push_back({.name = index, .range = {preparation_.place(column), 1}});
    return parts;
  }

  // Adds the layers that make one value of the parts; returns its name.
  std::string join(const Parts& parts, const std::string& name, const std::string& prefix) {
    std::vector<std::string> values;
    if (!parts.numbers.empty()) values.push_back(parts.numbers);
    for (const auto& [column, index] : parts.indices) values.push_back(embed(column, index, prefix));
    if (values.size() == 1) return values[0];
    const std::string joined = unused_name(name + "_columns");
    card_.network.layers.push_back({joined, Concatenate{}, std::move(values)});
    return joined;
  }

  std::string embed(std::int64_t column, const std::string& index, const std::string& prefix) {
    const PreparedColumn& prepared = *preparation_.columns()[column];
    const std::string table = unused_name(prefix + prepared.name() + "_embedding");
    card_.network.layers.push_back(
        {table, Embedding{.input_dim = prepared.slots(), .output_dim = prepared.dimension()}, {index}});
    const std::string vector = unused_name(prefix + prepared.name() + "_vector");
    card_.network.layers.push_back({vector, Flatten{}, {table}});
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
