// SPDX-License-Identifier: Apache-2.0
#include "model/import/imported_model.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/fail.hpp"
#include "base/finite.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "millrace/losses.hpp"
#include "millrace/optimizers.hpp"
#include "model/import/import.hpp"
#include "model/import/imported_table.hpp"
#include "model/import/linear_models.hpp"
#include "model/random_rows.hpp"
#include "ops/activations/activation.hpp"
#include "ops/losses/loss.hpp"
#include "ops/optimizers/optimizer.hpp"

namespace millrace {

namespace {

constexpr std::int64_t compared_rows = 64, least_finite_rows = 16, large_rows = 12;
constexpr double tolerance = 1e-5;

CompileOptions usual_options(const Network& network) {
  const Activation* const activation = network.nodes().back().layer->activation();
  const std::string_view last = activation == nullptr ? "linear" : activation->name();
  if (last == "sigmoid") return {.optimizer = Adam{}, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}};
  if (last == "softmax") return {.optimizer = Adam{}, .loss = SparseCategoricalCrossentropy{}, .metrics = {"accuracy"}};
  return {.optimizer = Adam{}, .loss = MeanSquaredError{}, .metrics = {"mean_absolute_error"}};
}

// Columns have names if every input of the file is a column.
std::vector<std::string> column_names(const ForeignGraph& graph) {
  std::vector<std::string> names;
  for (const GraphValue& input : graph.inputs) {
    if (element_count(input.shape) != 1) return {};
    names.push_back(input.name);
  }
  return names.size() > 1 ? names : std::vector<std::string>{};
}

void set_state(const ForeignGraph& graph, ImportedNetwork imported, RawColumns* raw, Model::State& state) {
  ModelCard& card = state.card;
  if (raw != nullptr) set_table(*raw, graph, imported, card);
  card.network = std::move(imported.network);
  card.columns = std::move(imported.columns);
  card.feature_columns = imported.feature_columns;
  card.feature_names = raw != nullptr ? card.table->names() : column_names(graph);
  auto network = std::make_unique<Network>(card.network);
  card.network = network->description();
  card.compiled = usual_options(*network);
  card.compiled.optimizer = resolved(card.compiled.optimizer);
  card.compiled.loss = resolved(card.compiled.loss);
  const std::int64_t outputs = network->output_width();
  const auto classes = static_cast<std::int64_t>(graph.classes.size());
  if (classes == outputs || (classes == 2 && outputs == 1)) card.classes = graph.classes;
  state.preparation.mean.assign(imported.mean.begin(), imported.mean.end());
  state.preparation.scale.assign(imported.scale.begin(), imported.scale.end());
  state.use(std::move(network));
  for (const auto& [name, values] : imported.weights) {
    if (!all_finite(values.data(), std::ssize(values)))
      fail(ErrorKind::data, graph.file, "the weights of " + name + " are not finite, expected finite numbers");
    state.store->set_values(state.parameter(name, "import"), values);
  }
}

// The outputs of the file's own graph, which may take one row at a time only.
std::vector<double> outputs_of(const ForeignGraph& graph, const Matrix& rows) {
  const std::int64_t batch = graph.batch == 1 ? 1 : rows.rows();
  std::vector<double> outputs;
  for (std::int64_t first = 0; first < rows.rows(); first += batch) {
    Tensors inputs;
    std::int64_t column = 0;
    for (const GraphValue& input : graph.inputs) {
      const std::int64_t width = element_count(input.shape);
      DoubleTensor tensor{input.shape, {}};
      tensor.shape.insert(tensor.shape.begin(), batch);
      for (std::int64_t r = first; r < first + batch; ++r)
        tensor.values.insert(tensor.values.end(), rows.row(r) + column, rows.row(r) + column + width);
      inputs[input.name] = std::move(tensor);
      column += width;
    }
    const DoubleTensor part = run_foreign(graph, inputs);
    outputs.insert(outputs.end(), part.values.begin(), part.values.end());
  }
  return outputs;
}

Matrix predicted(const ForeignGraph& graph, const Model::State& state, const Matrix& rows) {
  const Dataset raw = Dataset::view(rows.values(), rows.columns());
  std::optional<Matrix> outputs = Predictor(*state.network, *state.store, nullptr).predict({raw, &state.inputs}, 1);
  if (!outputs)
    fail(ErrorKind::mismatch, graph.file,
         "the means and scales of the inputs turn random rows into numbers beyond fp32, expected smaller ones to "
         "compare the imported network with the file's own graph");
  return std::move(*outputs);
}

double size_of(std::span<const float> row) {
  double size = 1;
  for (const float value : row) size = std::max(size, std::abs(static_cast<double>(value)));
  return size;
}

[[noreturn]] void refuse_numbers(const ForeignGraph& graph, double found, double wanted, const std::string& row,
                                 double allowed) {
  fail(ErrorKind::mismatch, graph.file,
       "the imported network gives " + number_text(static_cast<float>(found)) + " for a random row" + row +
           ", the file's own graph " + number_text(wanted) + ", expected the same to " + number_text(allowed));
}

// Throws unless the model gives the numbers of the file for these rows.
void require_same(const ForeignGraph& graph, const Model::State& state, const Matrix& rows,
                  const std::vector<double>& expected) {
  const Matrix found = predicted(graph, state, rows);
  if (std::ssize(expected) != found.rows() * found.columns())
    fail(ErrorKind::mismatch, graph.file, "the imported network gives outputs of another size, expected the file's");
  std::int64_t finite_rows = 0;
  for (std::int64_t r = 0; r < found.rows(); ++r) {
    const std::span<const float> row(found.row(r), static_cast<std::size_t>(found.columns()));
    if (!all_finite(row.data(), std::ssize(row))) continue;
    ++finite_rows;
    const double size = size_of(row);
    for (std::size_t c = 0; c < row.size(); ++c) {
      const double wanted = expected[static_cast<std::size_t>(r) * row.size() + c];
      const double difference = std::abs(static_cast<double>(row[c]) - wanted);
      if (!(difference <= tolerance * size)) refuse_numbers(graph, row[c], wanted, "", tolerance);
    }
  }
  if (finite_rows < least_finite_rows)
    fail(ErrorKind::mismatch, graph.file,
         "the imported network gives finite outputs for " + std::to_string(finite_rows) + " of " +
             std::to_string(compared_rows) + " random rows, expected " + std::to_string(least_finite_rows) +
             " or more to compare");
}

// The rows with every number that is no category moved by about a rounding of fp32.
Matrix nudged(const Model::State& state, const Matrix& rows, std::uint64_t seed) {
  constexpr double rounding = 0x1p-20;
  Matrix moved(rows.rows(), rows.columns());
  Random random(seed, RandomStream::noise);
  for (std::size_t i = 0; i < state.card.columns.size(); ++i) {
    const double size = state.network->categories(i) > 0 ? 0 : rounding;
    for (const std::int64_t column : state.card.columns[i])
      for (std::int64_t r = 0; r < rows.rows(); ++r)
        moved.row(r)[column] =
            static_cast<float>(static_cast<double>(rows.row(r)[column]) * (1 + (random.below(2) == 0 ? size : -size)));
  }
  return moved;
}

// The same for large numbers, where fp32 rounds away what is small beside them: outputs that change as much when the row
// changes by a rounding tell nothing.
void require_same_when_large(const ForeignGraph& graph, const Model::State& state) {
  constexpr double roundings_within = 16;
  constexpr std::uint64_t samples = 4;
  const Matrix rows = large_random_rows(state, large_rows);
  const std::vector<double> expected = outputs_of(graph, rows);
  const Matrix found = predicted(graph, state, rows);
  std::vector<Matrix> moved;
  for (std::uint64_t sample = 0; sample < samples; ++sample)
    moved.push_back(predicted(graph, state, nudged(state, rows, sample)));
  for (std::int64_t r = 0; r < found.rows(); ++r) {
    const std::span<const float> row(found.row(r), static_cast<std::size_t>(found.columns()));
    const double size = size_of(row);
    for (std::size_t c = 0; c < row.size(); ++c) {
      const double wanted = expected[static_cast<std::size_t>(r) * row.size() + c];
      double spread = 0;
      for (const Matrix& changed : moved)
        spread = std::max(spread, std::abs(static_cast<double>(changed.row(r)[c]) - static_cast<double>(row[c])));
      if (!std::isfinite(wanted) || !std::isfinite(row[c]) || !std::isfinite(spread)) continue;
      if (std::abs(static_cast<double>(row[c]) - wanted) > tolerance * size + roundings_within * spread)
        refuse_numbers(graph, row[c], wanted, " of large numbers", tolerance);
    }
  }
}

void compare(const ForeignGraph& graph, const Model::State& state) {
  const Matrix rows = random_rows(state, compared_rows);
  require_same(graph, state, rows, outputs_of(graph, rows));
  require_same_when_large(graph, state);
}

void compare_table(const ForeignGraph& graph, const RawColumns& raw, const PlainGraph& original,
                   const Model::State& state) {
  const RawSample sample = random_raw_rows(raw, original.inputs, *state.card.table, compared_rows);
  require_same(graph, state, sample.features, run_original(original, graph.output, sample.inputs).values);
}

// Encoders of columns become the preparation of a table.
void import_table(PlainGraph graph, const std::string& file, NodePlaces places, Model::State& state) {
  PlainGraph rest = graph;
  RawColumns raw = cut_raw_columns(rest, places, file);
  const ForeignGraph foreign = prepare_foreign(std::move(rest), file, std::move(places), raw.one_hot);
  set_state(foreign, import_network(foreign), &raw, state);
  rewrite_linear_models(graph);
  compare_table(foreign, raw, graph, state);
}

NodePlaces places_of(const PlainGraph& graph) {
  NodePlaces places;
  for (const GraphNode& node : graph.nodes) {
    ++places.nodes;
    for (const std::string& output : node.outputs) places.by_output.emplace(output, places.nodes);
  }
  return places;
}

[[noreturn]] void refuse_import(ErrorKind kind, const std::string& maker, const std::string& file,
                                const std::string& text) {
  fail(kind, file,
       "was made by " + (maker.empty() ? "another program" : maker) +
           ", not by millrace, and cannot be imported: " + text);
}

}  // namespace

void import_model(PlainGraph graph, const std::string& maker, const std::string& file, Model::State& state,
                  NodePlaces places) {
  if (places.nodes == 0) places = places_of(graph);
  try {
    if (has_encoders(graph)) return import_table(std::move(graph), file, std::move(places), state);
    const ForeignGraph foreign = prepare_foreign(std::move(graph), file, std::move(places));
    set_state(foreign, import_network(foreign), nullptr, state);
    compare(foreign, state);
  } catch (const Error& error) {
    const ErrorKind kind = error.kind() == ErrorKind::usage ? ErrorKind::data : error.kind();
    std::string text = error.what();
    const std::string own = "[" + file + "] ";
    if (text.starts_with(own)) text.erase(0, own.size());
    refuse_import(kind, maker, file, text);
  } catch (const std::out_of_range&) {
    // Nothing checks the number of inputs, outputs and attributes of each node ahead of its import.
    refuse_import(ErrorKind::data, maker, file,
                  "a node has other inputs, outputs or attributes than its operator takes");
  }
}

}  // namespace millrace
