// SPDX-License-Identifier: Apache-2.0
#include "model/files/graph_rows.hpp"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "export/graph_names.hpp"
#include "model/files/table_graph.hpp"

namespace millrace {

namespace {

std::map<std::string, DoubleTensor> inputs_of_network(const Model::State& state, const Dataset& data,
                                                      std::int64_t first, std::int64_t count) {
  std::map<std::string, DoubleTensor> values;
  for (std::size_t i = 0; i < state.network->inputs().size(); ++i) {
    const NetworkInput& input = state.network->inputs()[i];
    DoubleTensor tensor{input.shape, {}};
    tensor.shape.insert(tensor.shape.begin(), count);
    for (std::int64_t r = first; r < first + count; ++r) {
      const float* const row = data.features.row(data.table_row(r));
      for (const std::int64_t column : state.card.columns[i]) tensor.values.push_back(static_cast<double>(row[column]));
    }
    values[input.name] = std::move(tensor);
  }
  return values;
}

}  // namespace

std::map<std::string, DoubleTensor> feature_values(const Model::State& state, const Dataset& data, std::int64_t first,
                                                   std::int64_t count) {
  if (!state.card.table) return inputs_of_network(state, data, first, count);
  const TablePreparation& table = *state.card.table;
  const std::vector<std::string> names = prepared_values(state.card);
  std::map<std::string, DoubleTensor> values;
  for (std::int64_t c = 0; c < std::ssize(table.columns()); ++c) {
    const std::int64_t place = table.place(c), width = table.columns()[c]->width();
    DoubleTensor& tensor = values[names[c]] = {{count, width}, {}};
    for (std::int64_t r = first; r < first + count; ++r) {
      const float* const row = data.features.row(data.table_row(r)) + place;
      tensor.values.insert(tensor.values.end(), row, row + width);
    }
  }
  return values;
}

Matrix outputs_of(const Model::State& state, const Dataset& data) {
  std::optional<Matrix> outputs = Predictor(*state.network, *state.store, nullptr).predict({data, &state.inputs}, 1);
  if (!outputs) fail(ErrorKind::data, "export", "a feature is not finite after preparation, expected finite numbers");
  if (state.card.target_scale) state.card.target_scale->undo(*outputs);
  return *std::move(outputs);
}

PlainGraph from_features(PlainGraph graph, const ModelCard& card) {
  graph.outputs.resize(card.network.outputs.empty() ? 1 : card.network.outputs.size());
  const std::vector<std::string> known = prepared_values(card);
  return part_after(std::move(graph), {known.begin(), known.end()});
}

}  // namespace millrace
