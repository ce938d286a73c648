// SPDX-License-Identifier: Apache-2.0
#include "model/import/imported_table.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/fail.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace millrace {

namespace {

// A feature column of the network without its table: a raw column, and its slot if that is one-hot.
struct Part {
  std::int64_t column = 0, slot = 0;
};

std::vector<Part> parts_of(const RawColumns& raw, const ForeignGraph& graph) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const std::vector<std::int64_t>& columns = raw.inputs.at(i);
    if (raw.one_hot.contains(graph.inputs[i].name)) {
      const auto slots = std::ssize(raw.columns.at(static_cast<std::size_t>(columns[0])).levels) + 1;
      for (std::int64_t slot = 0; slot < slots; ++slot) parts.push_back({columns[0], slot});
    } else {
      for (const std::int64_t column : columns) parts.push_back({column, 0});
    }
  }
  return parts;
}

void set_scales(const std::vector<Part>& parts, const ImportedNetwork& imported, const std::string& file,
                std::vector<RawColumn>& columns) {
  if (imported.mean.empty()) return;
  std::set<std::int64_t> known;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    RawColumn& column = columns.at(static_cast<std::size_t>(parts[i].column));
    if (!column.levels.empty() && !column.ordinal) continue;
    const bool first = known.insert(parts[i].column).second;
    if (!first && (column.offset != imported.mean[i] || column.divisor != imported.scale[i]))
      fail(ErrorKind::data, file, "scales column '" + column.name + "' in two ways, expected one");
    column.offset = imported.mean[i];
    column.divisor = imported.scale[i];
  }
}

// A name for the target that no column has.
std::string free_name(const std::vector<RawColumn>& columns) {
  std::string name = "target";
  for (int number = 1; std::ranges::find(columns, name, &RawColumn::name) != columns.end(); ++number)
    name = "target_" + std::to_string(number);
  return name;
}

}  // namespace

void set_table(RawColumns& raw, const ForeignGraph& graph, ImportedNetwork& imported, ModelCard& card) {
  const std::vector<Part> parts = parts_of(raw, graph);
  set_scales(parts, imported, graph.file, raw.columns);
  std::vector<std::unique_ptr<PreparedColumn>> columns;
  std::map<std::int64_t, std::int64_t> number_in_table;
  std::set<std::string> names;
  for (std::int64_t c = 0; c < std::ssize(raw.columns); ++c) {
    const RawColumn& column = raw.columns[static_cast<std::size_t>(c)];
    if (!column.used) continue;
    if (!names.insert(column.name).second)
      fail(ErrorKind::data, graph.file, "has two columns of the name '" + column.name + "', expected different ones");
    number_in_table[c] = std::ssize(columns);
    columns.push_back(column.prepared());
  }
  TableRoles roles{.target = {free_name(raw.columns)}, .classes = graph.classes};
  card.target_names = roles.target;
  auto table = std::make_shared<TablePreparation>(std::move(columns), std::move(roles));
  for (std::vector<std::int64_t>& places : imported.columns) {
    for (std::int64_t& place : places) {
      const Part& part = parts.at(static_cast<std::size_t>(place));
      place = table->place(number_in_table.at(part.column)) + part.slot;
    }
  }
  imported.feature_columns = table->width();
  imported.mean.clear();
  imported.scale.clear();
  card.table = std::move(table);
}

RawSample random_raw_rows(const RawColumns& raw, const std::vector<GraphValue>& inputs, const TablePreparation& table,
                          std::int64_t rows) {
  RawSample sample{{}, Matrix(rows, table.width())};
  Random random(0, RandomStream::noise);
  std::int64_t number = 0, in_table = 0;  // of the column
  for (const GraphValue& input : inputs) {
    const std::int64_t width = element_count(input.shape);
    DoubleTensor& tensor = sample.inputs[input.name];
    tensor.shape = input.shape;
    tensor.shape.insert(tensor.shape.begin(), rows);
    tensor.type = input.type;
    tensor.values.resize(input.type == ValueType::text ? 0 : static_cast<std::size_t>(rows * width));
    tensor.texts.resize(input.type == ValueType::text ? static_cast<std::size_t>(rows * width) : 0);
    for (std::int64_t i = 0; i < width; ++i) {
      const RawColumn& column = raw.columns[static_cast<std::size_t>(number++)];
      const PreparedColumn* const prepared =
          column.used ? table.columns()[static_cast<std::size_t>(in_table)].get() : nullptr;
      for (std::int64_t r = 0; r < rows; ++r) {
        const auto at = static_cast<std::size_t>(r * width + i);
        std::string level;
        double value = static_cast<double>(static_cast<float>(random.normal()));
        if (!column.levels.empty()) {
          // One more than there are: a category that is none of them.
          const std::uint64_t count = column.levels.size() + (column.ordinal ? 0 : 1);
          const auto pick = static_cast<std::size_t>(random.below(count));
          level = pick < column.levels.size() ? column.levels[pick] : "-1000001";
          value = parse_number(level).value_or(0);
        } else if (prepared != nullptr) {
          value = static_cast<double>(static_cast<float>(prepared->number_like(value)));
        }
        if (input.type == ValueType::text)
          tensor.texts[at] = level;
        else
          tensor.values[at] = value;
        if (prepared == nullptr) continue;
        const std::optional<double> own = column.levels.empty() ? std::optional(value) : prepared->value(level);
        prepared->prepare(own.value_or(0), sample.features.row(r) + table.place(in_table));
      }
      in_table += column.used ? 1 : 0;
    }
  }
  return sample;
}

DoubleTensor run_original(const PlainGraph& graph, const std::string& value, const Tensors& inputs) {
  std::set<std::string> wanted{value};
  std::vector<GraphNode> nodes;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const GraphNode& node = graph.nodes[i];
    if (!std::ranges::any_of(node.outputs, [&](const auto& name) { return wanted.contains(name); })) continue;
    wanted.insert(node.inputs.begin(), node.inputs.end());
    nodes.insert(nodes.begin(), node);
  }
  Tensors values = inputs;
  for (const auto& [name, constant] : graph.constants)
    if (wanted.contains(name) && constant.texts.empty()) values[name] = constant_in_double(constant);
  run_nodes(nodes, values);
  return values.at(value);
}

}  // namespace millrace
