// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/text.hpp"
#include "fuzz/harness.hpp"
#include "fuzz/models/models.hpp"
#include "millrace/graph.hpp"
#include "model/files/card.hpp"
#include "ops/layers/layer.hpp"

namespace millrace::fuzz {

namespace {

GraphLayer layer_of(const std::string& line) {
  const std::vector<std::string> parts = split_text(line, '|');
  GraphLayer layer;
  layer.layer = parse_layer(std::string(trim(parts.size() > 1 ? parts[1] : line)));
  if (parts.size() > 1) layer.name = std::string(trim(parts[0]));
  if (parts.size() <= 2) return layer;
  for (const std::string& input : split_text(parts[2], ',')) {
    if (!trim(input).empty()) layer.inputs.emplace_back(trim(input));  // none: what the layer before gives
  }
  return layer;
}

}  // namespace

// Everything that is decided before memory is taken for weights: names, order, shapes, and the description in a file.
void fuzz_network(std::string_view text) {
  const std::vector<std::string> lines = split_text(std::string(text), '\n');
  Graph graph;
  for (std::size_t i = 1; i < lines.size(); ++i) graph.layers.push_back(layer_of(lines[i]));
  Graph whole = ordered(graph);
  ModelCard card;
  card.network.inputs.push_back({whole.inputs.at(0).name, {std::max(1, std::atoi(lines[0].c_str()))}});
  card.network.layers = std::move(whole.layers);
  const Network network(card.network);
  for (int value = 0; value < network.value_count(); ++value) {
    for (const std::int64_t extent : network.value_shape(value)) require(extent > 0, "layers with outputs");
  }
  card.network = network.description();
  card.feature_columns = network.input_width();
  card.columns.emplace_back();
  constexpr std::int64_t small = 1000;
  if (card.feature_columns > small) return;
  for (std::int64_t c = 0; c < card.feature_columns; ++c) card.columns[0].push_back(c);
  const std::string json = card_to_json(card);
  require(card_to_json(card_from_json(json, "fuzz")) == json, "a network that its description gives again");
  static_cast<void>(network.summary());
}

}  // namespace millrace::fuzz
