// SPDX-License-Identifier: Apache-2.0
#include "model/files/table_graph.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/fail.hpp"
#include "base/index.hpp"

namespace millrace {

namespace {

// The number whose usual form is `text`: "7", but neither "07" nor "7.0".
std::optional<std::int64_t> written_number(const std::string& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || std::to_string(number) != text) return std::nullopt;
  return number;
}

// The constant of the classes, whose elements the label takes, and its type.
ValueType add_classes(const std::vector<std::string>& classes, const std::string& name, PlainGraph& graph) {
  std::vector<std::int64_t> numbers;
  for (const std::string& text : classes) {
    if (const std::optional<std::int64_t> number = written_number(text)) numbers.push_back(*number);
  }
  const Shape shape{std::ssize(classes)};
  if (numbers.size() != classes.size()) {
    graph.add_texts(name, shape, classes);
    return ValueType::text;
  }
  graph.add_integers(name, shape, std::move(numbers));
  return ValueType::int64;
}

}  // namespace

InnerNames::InnerNames(const ModelCard& card) {
  for (const GraphLayer& layer : card.network.layers) layers_.insert(layer.name);
  if (!card.network.layers.empty()) layers_.erase(card.network.layers.back().name);  // the output has another name
  if (!card.table) return;
  for (const auto& column : card.table->columns()) columns_.insert(column->name());
}

std::string InnerNames::of(std::string name) const {
  while (columns_.contains(name)) name += '/';
  return name;
}

void InnerNames::append(PlainGraph part, PlainGraph& graph) const {
  std::set<std::string> defined;
  for (const auto& [name, unused] : part.constants) defined.insert(name);
  for (const GraphNode& node : part.nodes) defined.insert(node.outputs.begin(), node.outputs.end());
  const auto rename = [&](std::vector<std::string>& values) {
    for (std::string& value : values) {
      if (defined.contains(value)) value = of(std::move(value));
    }
  };
  for (auto& [name, tensor] : part.constants) graph.constants[of(name)] = std::move(tensor);
  for (GraphNode& node : part.nodes) {
    rename(node.inputs);
    rename(node.outputs);
    graph.nodes.push_back(std::move(node));
  }
}

std::string InnerNames::free_output(const std::string& name) const {
  const auto is_free = [&](const std::string& wanted) {
    return !columns_.contains(wanted) && !layers_.contains(wanted);
  };
  std::string found = name;
  for (int number = 1; !is_free(found); ++number) found = name + "_" + std::to_string(number);
  return found;
}

std::vector<std::string> add_columns(const ModelCard& card, const InnerNames& names, PlainGraph& graph) {
  std::vector<std::string> prepared;
  for (const auto& column : card.table->columns()) {
    PlainGraph part;
    const std::string value = column->to_onnx(part);
    prepared.push_back(value == column->name() ? value : names.of(value));
    std::ranges::move(part.inputs, std::back_inserter(graph.inputs));
    part.inputs.clear();
    names.append(std::move(part), graph);
  }
  return prepared;
}

std::vector<std::string> prepared_values(const ModelCard& card) {
  PlainGraph unused;
  return card.table ? add_columns(card, InnerNames(card), unused) : std::vector<std::string>();
}

std::string join_columns(const ModelCard& card, std::size_t input, const std::vector<std::string>& prepared,
                         PlainGraph& graph) {
  const TablePreparation& table = *card.table;
  const std::vector<std::int64_t>& wanted = card.columns.at(input);
  const std::string& name = card.network.inputs.at(input).name;
  std::vector<std::string> parts;
  for (std::int64_t next = 0; next < std::ssize(wanted);) {
    std::int64_t column = 0;
    while (column < std::ssize(table.columns()) && table.place(column) != wanted[next]) ++column;
    const std::int64_t width = column < std::ssize(table.columns()) ? table.columns()[column]->width() : 0;
    for (std::int64_t i = 0; i < std::max<std::int64_t>(width, 1); ++i) {
      if (width == 0 || next + i >= std::ssize(wanted) || wanted[next + i] != wanted[next] + i)
        fail(ErrorKind::data, "model",
             "input '" + name +
                 "' takes a part of the columns that one column of the table is prepared to, expected "
                 "all of them");
    }
    parts.push_back(prepared[column]);
    next += width;
  }
  if (parts.size() == 1) return parts[0];
  return graph.add("Concat", "columns/" + name, std::move(parts), {{"axis", std::int64_t{1}}});
}

Answer answer_of(const ModelCard& card, const Shape& output) {
  if (output.size() != 1) return {};
  Answer answer = answer_of(card.compiled.loss, output[0], card.classes, card.target_names);
  if (card.threshold) answer.threshold = static_cast<float>(*card.threshold);
  return answer;
}

void add_label(const Answer& answer, const std::string& scores, const std::string& name, PlainGraph& graph) {
  const std::string prefix = "label/";
  std::string place;
  if (answer.kind == Answer::Kind::either) {
    const std::string threshold = graph.add_constant(prefix + "threshold", {1}, {answer.threshold});
    const std::string above = graph.add("Greater", prefix + "above", {scores, threshold});
    const std::string number = graph.add("Cast", prefix + "number", {above}, {{"to", cast_to_int64}});
    place = graph.add("Reshape", prefix + "class", {number, graph.add_integers(prefix + "batch", {1}, {-1})});
  } else {
    place = graph.add("ArgMax", prefix + "class", {scores}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  }
  const ValueType type = add_classes(answer.classes, prefix + "classes", graph);
  graph.add("Gather", name, {prefix + "classes", place}, {{"axis", std::int64_t{0}}});
  graph.outputs.push_back({name, {}, type});
}

}  // namespace millrace
