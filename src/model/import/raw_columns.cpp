// SPDX-License-Identifier: Apache-2.0
#include "model/import/raw_columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "export/graph_operators.hpp"
#include "model/import/foreign_graph.hpp"
#include "prepare/levels.hpp"

namespace millrace {

namespace {

// Operators that move elements and change none.
bool is_moving(const std::string& op) {
  constexpr std::array<std::string_view, 11> known{"ArrayFeatureExtractor",
                                                   "Cast",
                                                   "Concat",
                                                   "Flatten",
                                                   "Gather",
                                                   "Identity",
                                                   "Reshape",
                                                   "Slice",
                                                   "Split",
                                                   "Squeeze",
                                                   "Unsqueeze"};
  return std::ranges::find(known, op) != known.end();
}

template <class T>
std::vector<T> list_of(const GraphNode& node, const std::string& name) {
  const auto at = node.attributes.find(name);
  const auto* list = at == node.attributes.end() ? nullptr : std::get_if<std::vector<T>>(&at->second);
  return list == nullptr ? std::vector<T>{} : *list;
}

std::vector<std::string> texts_or_numbers(const GraphNode& node, const std::string& texts, const std::string& numbers) {
  std::vector<std::string> all = list_of<std::string>(node, texts);
  for (const std::int64_t number : list_of<std::int64_t>(node, numbers)) all.push_back(std::to_string(number));
  return all;
}

// A value each of whose elements is a raw column: the numbers of the columns, for one row.
struct Origin {
  Shape shape;  // without the batch
  std::vector<std::int64_t> columns;
};

class Cutting {
 public:
  Cutting(PlainGraph& graph, const NodePlaces& places, const std::string& file)
      : graph_(graph), places_{.file = file, .places = places} {}

  RawColumns run() {
    check_columns(graph_.inputs, places_.file);
    for (const GraphValue& input : graph_.inputs) add_columns(input);
    std::vector<GraphNode> nodes = std::exchange(graph_.nodes, {});
    graph_.inputs.clear();
    for (GraphNode& node : nodes) take(std::move(node));
    for (const GraphValue& output : graph_.outputs) read(output.name, nullptr);
    return std::move(to_);
  }

 private:
  [[noreturn]] void refuse(const GraphNode& node, const std::string& text) const {
    fail(ErrorKind::data, places_.file, places_.place_of(node) + " " + text);
  }

  void add_columns(const GraphValue& input) {
    Origin& origin = origins_[input.name] = {input.shape, {}};
    const std::int64_t width = element_count(input.shape);
    for (std::int64_t i = 0; i < width; ++i) {
      origin.columns.push_back(std::ssize(to_.columns));
      const std::string name = width == 1 ? input.name : input.name + "_" + std::to_string(i + 1);
      to_.columns.push_back({.name = name, .text = input.type == ValueType::text});
    }
  }

  void take(GraphNode node) {
    const bool front = std::ranges::any_of(node.inputs, [&](const auto& name) { return origins_.contains(name); }) &&
                       std::ranges::all_of(node.inputs, [&](const auto& name) {
                         return name.empty() || origins_.contains(name) || graph_.constants.contains(name);
                       });
    if (front && is_moving(node.op)) return move(node);
    if (front && node.op == "Imputer") return fill(node);
    if (front && node.op == "OneHotEncoder") return encode(node, false);
    if (front && node.op == "LabelEncoder") return encode(node, true);
    for (const std::string& input : node.inputs) read(input, &node);
    graph_.nodes.push_back(std::move(node));
  }

  void move(const GraphNode& node) {
    std::vector<DoubleTensor> tensors(node.inputs.size());
    Operands operands;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const std::string& name = node.inputs[i];
      if (const auto origin = origins_.find(name); origin != origins_.end()) {
        tensors[i].shape = origin->second.shape;
        tensors[i].shape.insert(tensors[i].shape.begin(), 1);
        tensors[i].values.assign(origin->second.columns.begin(), origin->second.columns.end());
      } else if (!name.empty()) {
        const GraphTensor& constant = graph_.constants.at(name);
        if (!constant.texts.empty()) refuse(node, "mixes columns and constants");
        tensors[i] = constant_in_double(constant);
      }
      operands.push_back(name.empty() ? nullptr : &tensors[i]);
    }
    const std::vector<DoubleTensor> moved = node.op == "Cast" ? std::vector{tensors[0]} : compute(node, operands);
    for (std::size_t i = 0; i < std::min(moved.size(), node.outputs.size()); ++i) {
      if (moved[i].shape.empty() || moved[i].shape[0] != 1) refuse(node, "moves rows of the batch, expected columns");
      Origin& origin = origins_[node.outputs[i]] = {{moved[i].shape.begin() + 1, moved[i].shape.end()}, {}};
      for (const double column : moved[i].values) {
        if (!(column >= 0 && column < static_cast<double>(to_.columns.size())))
          refuse(node, "mixes columns and constants");
        origin.columns.push_back(static_cast<std::int64_t>(column));
      }
    }
  }

  void fill(const GraphNode& node) {
    const Origin origin = origins_.at(node.inputs.at(0));
    std::vector<double> numbers;
    for (const float number : list_of<float>(node, "imputed_value_floats"))
      numbers.push_back(static_cast<double>(number));
    for (const std::int64_t number : list_of<std::int64_t>(node, "imputed_value_int64s"))
      numbers.push_back(static_cast<double>(number));
    if (numbers.empty() || (numbers.size() != 1 && numbers.size() != origin.columns.size()))
      refuse(node, "fills in " + counted(numbers.size(), "number") + ", expected one a column");
    for (std::size_t i = 0; i < origin.columns.size(); ++i) {
      RawColumn& column = to_.columns[static_cast<std::size_t>(origin.columns[i])];
      if (column.text || !column.levels.empty()) refuse(node, "fills in texts, expected numbers");
      column.fill = numbers[numbers.size() == 1 ? 0 : i];
    }
    origins_[node.outputs.at(0)] = origin;
  }

  void encode(const GraphNode& node, bool ordinal) {
    const Origin origin = origins_.at(node.inputs.at(0));
    if (!ordinal && origin.columns.size() != 1)
      refuse(node, "encodes " + counted(origin.columns.size(), "column") + " at once, expected one");
    const std::vector<std::string> levels =
        ordinal ? levels_by_code(node) : texts_or_numbers(node, "cats_strings", "cats_int64s");
    if (levels.empty()) refuse(node, "has no categories");
    for (const std::int64_t number : origin.columns) {
      RawColumn& column = to_.columns[static_cast<std::size_t>(number)];
      if (!column.levels.empty() && (column.levels != levels || column.ordinal != ordinal))
        refuse(node, "encodes column '" + column.name + "' in a second way, expected one");
      column.levels = levels;
      column.ordinal = ordinal;
    }
    const std::string& result = node.outputs.at(0);
    if (ordinal) {
      origins_[result] = origin;
      return;
    }
    GraphValue input{result, origin.shape};
    input.shape.push_back(std::ssize(levels));
    graph_.inputs.push_back(std::move(input));
    to_.inputs.push_back(origin.columns);
    to_.one_hot.insert(result);
    to_.columns[static_cast<std::size_t>(origin.columns[0])].used = true;
  }

  // The texts or numbers that the node turns into 0, 1, 2, ...
  [[nodiscard]] std::vector<std::string> levels_by_code(const GraphNode& node) const {
    std::vector<std::string> keys = texts_or_numbers(node, "keys_strings", "keys_int64s");
    for (const float key : list_of<float>(node, "keys_floats")) keys.push_back(number_text(key));
    std::vector<std::int64_t> codes = list_of<std::int64_t>(node, "values_int64s");
    for (const float code : list_of<float>(node, "values_floats")) {
      const bool counts = code >= 0 && code < static_cast<float>(keys.size()) && code == std::trunc(code);
      codes.push_back(counts ? static_cast<std::int64_t>(code) : -1);
    }
    std::map<std::int64_t, std::string> by_code;
    for (std::size_t i = 0; i < std::min(keys.size(), codes.size()); ++i) by_code.emplace(codes[i], keys[i]);
    std::vector<std::string> levels;
    for (const auto& [code, key] : by_code) {
      if (code != std::ssize(levels)) refuse(node, "has codes other than 0, 1, 2, ...");
      levels.push_back(key);
    }
    return levels;
  }

  // The front ends at a value that something else reads: it becomes an input of numbers.
  void read(const std::string& name, const GraphNode* node) {
    const auto origin = origins_.find(name);
    if (origin == origins_.end() || !done_.insert(name).second) return;
    for (const std::int64_t number : origin->second.columns) {
      RawColumn& column = to_.columns[static_cast<std::size_t>(number)];
      const bool number_like = column.levels.empty() ? !column.text : column.ordinal;
      if (!number_like && node != nullptr)
        refuse(*node, "reads the texts of column '" + column.name + "', expected an encoder in front of it");
      column.used = true;
    }
    graph_.inputs.push_back({name, origin->second.shape});
    to_.inputs.push_back(origin->second.columns);
  }

  PlainGraph& graph_;
  ForeignGraph places_;  // for place_of()
  RawColumns to_;
  std::map<std::string, Origin> origins_;
  std::set<std::string> done_;
};

}  // namespace

std::unique_ptr<PreparedColumn> RawColumn::prepared() const {
  constexpr double most = static_cast<double>(std::numeric_limits<float>::max());
  if (levels.empty())
    return restore_column(
        {.name = name,
         .kind = ColumnKind::number,
         .words = {{"scale", "standard"}},
         .numbers = {{"fill", {fill.value_or(offset), 0}}, {"limits", {-most, most}}, {"scale", {offset, divisor}}},
         .texts = {}});
  // Levels stand in byte order in a table; slot 0 is for those that are none of them.
  std::map<std::string, double> slots;
  std::vector<std::string> slot_names{"(never seen)"};
  for (const std::string& level : levels) {
    slots.emplace(level, static_cast<double>(slot_names.size()));
    slot_names.push_back(level);
  }
  ColumnRecord record{.name = name,
                      .kind = ColumnKind::category,
                      .words = {{"encode", ordinal ? "ordinal" : "onehot"}},
                      .numbers = {{"missing_slot", {0}}, {"buckets", {0, 0}}, {"slots", {}}, {"encode", {}}},
                      .texts = {{"levels", {}}, {"slot_names", slot_names}}};
  if (ordinal) record.numbers["encode"] = {1 + offset, divisor};
  for (const auto& [level, slot] : slots) {
    record.texts["levels"].push_back(level);
    record.numbers["slots"].push_back(slot);
  }
  return restore_column(record);
}

bool has_encoders(const PlainGraph& graph) {
  // Columns of a table have names. Without them an imputer is left out: rows that lack a number are refused then.
  const bool named =
      std::ranges::all_of(graph.inputs, [](const auto& input) { return element_count(input.shape) == 1; });
  const bool texts =
      std::ranges::any_of(graph.inputs, [](const GraphValue& input) { return input.type == ValueType::text; });
  return texts || std::ranges::any_of(graph.nodes, [&](const GraphNode& node) {
           return node.op == "OneHotEncoder" || node.op == "LabelEncoder" || (node.op == "Imputer" && named);
         });
}

RawColumns cut_raw_columns(PlainGraph& graph, const NodePlaces& places, const std::string& file) {
  return Cutting(graph, places, file).run();
}

}  // namespace millrace
