// SPDX-License-Identifier: Apache-2.0
#include "user/onnx_model.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/cpu_budget.hpp"
#include "base/random.hpp"
#include "export/graph_evaluator.hpp"
#include "export/onnx_file.hpp"
#include "millrace/error.hpp"

namespace millrace {

namespace {

constexpr const char* card_key = "millrace.model";
constexpr const char* output_name = "output";
constexpr std::int64_t verified_rows = 256;
// fp32 kernels against double: rounding alone stays far below.
constexpr double verified_tolerance = 1e-4;

PlainGraph graph_of(const Model::State& state) {
  const Network& network = *state.network;
  PlainGraph graph;
  std::vector<std::string> inputs;
  for (const NetworkInput& input : network.inputs()) {
    graph.inputs.push_back({input.name, input.shape});
    inputs.push_back(input.name);
  }
  if (!state.preparation.empty()) {
    const Shape shape{std::ssize(state.preparation.mean)};
    graph.add_constant("preparation/mean", shape, state.preparation.mean);
    graph.add_constant("preparation/scale", shape, state.preparation.scale);
    graph.add("Sub", "preparation/centered", {inputs[0], "preparation/mean"});
    inputs[0] = graph.add("Div", "preparation/scaled", {"preparation/centered", "preparation/scale"});
  }
  network.to_onnx(graph, inputs, output_name);
  graph.outputs.push_back({output_name, network.output_shape()});
  graph.metadata[card_key] = card_to_json(state.card);
  return graph;
}

// Rows of the kind the model takes: standard normal where the inputs are prepared, which the raw columns are made from.
Matrix sample_rows(const Model::State& state) {
  Matrix rows(verified_rows, state.network->input_width());
  Random random(0, RandomStream::noise);
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    for (std::int64_t c = 0; c < rows.columns(); ++c) {
      const double draw = random.normal();
      const bool scaled = !state.preparation.empty();
      const auto column = static_cast<std::size_t>(c);
      rows.row(r)[c] = static_cast<float>(scaled ? draw * static_cast<double>(state.preparation.scale[column]) +
                                                       static_cast<double>(state.preparation.mean[column])
                                                 : draw);
    }
  }
  return rows;
}

// The written graph, run in double by code that shares nothing with the kernels, gives the model's own numbers.
void verify(const PlainGraph& written, const Model::State& state) {
  const Matrix rows = sample_rows(state);
  const Dataset raw = Dataset::view(rows.row(0), rows.rows(), rows.columns(), nullptr, 0);
  const Matrix expected = predict_rows(*state.network, state.prepared(raw), 1);
  std::map<std::string, DoubleTensor> inputs;
  std::int64_t column = 0;
  for (const NetworkInput& input : state.network->inputs()) {
    DoubleTensor tensor{input.shape, {}};
    tensor.shape.insert(tensor.shape.begin(), rows.rows());
    const std::int64_t width = element_count(input.shape);
    for (std::int64_t r = 0; r < rows.rows(); ++r)
      tensor.values.insert(tensor.values.end(), rows.row(r) + column, rows.row(r) + column + width);
    column += width;
    inputs[input.name] = std::move(tensor);
  }
  const DoubleTensor actual = evaluate_graph(written, inputs).at(0);
  double worst = 0;
  for (std::int64_t r = 0; r < expected.rows(); ++r) {
    double size = 1;
    for (std::int64_t c = 0; c < expected.columns(); ++c)
      size = std::max(size, std::abs(static_cast<double>(expected.row(r)[c])));
    for (std::int64_t c = 0; c < expected.columns(); ++c) {
      const double difference = std::abs(actual.values.at(static_cast<std::size_t>(r * expected.columns() + c)) -
                                         static_cast<double>(expected.row(r)[c])) /
                                size;
      worst = std::isfinite(difference) ? std::max(worst, difference) : INFINITY;
    }
  }
  if (!(worst <= verified_tolerance)) {
    std::ostringstream text;
    text << "the exported graph differs from the model by " << worst << " on " << rows.rows()
         << " rows, expected at most " << verified_tolerance << "; no file was written";
    fail(ErrorKind::mismatch, "export", text.str());
  }
}

}  // namespace

Matrix predict_rows(const Network& network, const Dataset& prepared, int threads) {
  ParameterStore store(network);
  store.load(ParameterStore::weights, network.values());
  Crew crew(threads > 0 ? threads : cpu_budget().processors);
  Inference inference(network, store, nullptr, {}, GemmChoice::automatic);
  Matrix out(prepared.rows(), network.output_width());
  crew.run([&](Crew& team) { inference.predict(team, prepared, out); });
  return out;
}

void write_model(const std::string& path, const Model::State& state) {
  if (!state.network)
    fail(ErrorKind::usage, "export", "the model has no input width yet, expected build(inputs) or fit(data) before");
  write_onnx(graph_of(state), path, {},
             [&](const std::string& serialized) { verify(parse_onnx(serialized, path), state); });
}

void read_model(const std::string& path, Model::State& state) {
  PlainGraph graph = read_onnx(path);
  const auto card = graph.metadata.find(card_key);
  if (card == graph.metadata.end()) {
    fail(ErrorKind::data, path,
         std::string("the model has no metadata '") + card_key + "', expected a model written by millrace");
  }
  state.card = card_from_json(card->second, path);
  state.network = std::make_unique<Network>(state.card.network);
  const auto take = [&](const std::string& name, std::span<float> into) {
    const auto at = graph.constants.find(name);
    if (at == graph.constants.end() || at->second.values.size() != into.size())
      fail(ErrorKind::data, path,
           "no constant '" + name + "' of " + std::to_string(into.size()) + " numbers, which the metadata describes");
    std::copy(at->second.values.begin(), at->second.values.end(), into.begin());
  };
  for (const NetworkParameter& parameter : state.network->parameters())
    take(parameter.name, state.network->values(parameter));
  if (graph.constants.contains("preparation/mean")) {
    const auto width = static_cast<std::size_t>(state.network->input_width());
    state.preparation = {std::vector<float>(width), std::vector<float>(width)};
    take("preparation/mean", state.preparation.mean);
    take("preparation/scale", state.preparation.scale);
  }
  // The metadata is a promise about the graph: a graph that another tool has changed is not what it describes.
  const PlainGraph described = graph_of(state);
  const bool same = std::equal(described.nodes.begin(), described.nodes.end(), graph.nodes.begin(), graph.nodes.end(),
                               [](const GraphNode& a, const GraphNode& b) {
                                 return a.op == b.op && a.inputs == b.inputs && a.outputs == b.outputs;
                               });
  if (!same)
    fail(ErrorKind::data, path, "the graph is not the one its metadata describes; another program has changed it");
}

}  // namespace millrace
