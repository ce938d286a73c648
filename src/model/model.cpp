// SPDX-License-Identifier: Apache-2.0
#include "millrace/model.hpp"

#include <algorithm>

#include "millrace/error.hpp"
#include "model/files/checkpoint.hpp"
#include "model/files/onnx.hpp"
#include "model/input_columns.hpp"
#include "model/state.hpp"
#include "table/checks.hpp"

namespace millrace {

Model::Holder::Holder(std::unique_ptr<State> state) : state_(std::move(state)) {}
Model::Holder::Holder(Holder&&) noexcept = default;
Model::Holder& Model::Holder::operator=(Holder&&) noexcept = default;
Model::Holder::~Holder() = default;

Model::State& Model::Holder::operator*() const {
  if (!state_) fail(ErrorKind::usage, "model", "the model was moved to another, expected one that was not");
  return *state_;
}

Model::Model(std::unique_ptr<State> state) : state_(std::move(state)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model::Model(std::initializer_list<OpConfig> layers) : Model(std::vector<OpConfig>(layers)) {}

Model::Model(std::vector<OpConfig> layers, Semantics semantics)
    : Model(
          [&] {
            Graph sequence;
            for (OpConfig& layer : layers) sequence.layers.push_back({.layer = std::move(layer)});
            return sequence;
          }(),
          semantics) {}

Model::Model(const Tensor& output, Semantics semantics) : Model(graph_of({}, output), semantics) {}

Model::Model(const std::vector<Tensor>& inputs, const Tensor& output, Semantics semantics)
    : Model(graph_of(inputs, output), semantics) {}

Model::Model(const Graph& graph, Semantics semantics) : state_(std::make_unique<State>()) {
  ModelCard& card = state_->card;
  card.network.semantics = semantics;
  // Wrong options are refused where they are written, not when the data comes.
  for (const GraphLayer& layer : graph.layers)
    static_cast<void>(layer_row(layer.layer.op).make(layer.layer, semantics));
  const Graph whole = ordered(graph);
  card.inputs = whole.inputs;
  for (const GraphLayer& layer : whole.layers) card.network.nodes.push_back({layer.name, layer.layer, layer.inputs});
}

Model& Model::build(std::int64_t inputs, std::uint64_t seed) {
  state_->refuse_in_run("build");
  state_->build(inputs, {}, seed);
  return *this;
}

Model& Model::build(const Dataset& data, std::uint64_t seed) {
  state_->refuse_in_run("build");
  state_->build(data.features.columns, data.feature_names, seed);
  return *this;
}

Model& Model::compile(const CompileOptions& options) {
  state_->refuse_in_run("compile");
  check_compiled(options, state_->card.network.semantics);
  state_->card.compiled = options;
  state_->trainer.reset();
  return *this;
}

Model& Model::standardize(const Dataset& training) {
  state_->refuse_in_run("standardize");
  check_extents(training, "standardize");
  state_->preparation = Preparation::fit_standard(training);
  return *this;
}

Model& Model::copy_preparation(const Model& other) {
  state_->refuse_in_run("copy_preparation");
  state_->preparation = other.state_->preparation;
  return *this;
}

Evaluation Model::evaluate(const Dataset& data, int threads) {
  Trainer& trainer = state_->compiled("evaluate");
  state_->check_features(data, "evaluate");
  trainer.check(data, "evaluate");
  return trainer.evaluate(state_->prepared(data), threads);
}

Matrix Model::predict(const Dataset& data, int threads) {
  const Network& network = state_->built("predict");
  state_->check_features(data, "predict");
  state_->take_weights_of_run();
  std::unique_ptr<Predictor>& predictor = state_->predictor;
  if (!predictor || predictor->outdated() || network.values_are_shared())
    predictor = std::make_unique<Predictor>(network);
  if (std::optional<Matrix> outputs = predictor->predict(state_->prepared(data), threads)) return *outputs;
  check_finite_features(data, "predict");
  fail(ErrorKind::data, "predict", "a feature is not finite after standardisation, expected one that is");
}

void Model::export_onnx(const std::string& path) {
  state_->take_weights_of_run();
  write_model(path, *state_);
}

Model Model::load_onnx(const std::string& path) {
  auto state = std::make_unique<State>();
  read_model(path, *state);
  return Model(std::move(state));
}

Model Model::load_checkpoint(const std::string& path) {
  auto state = std::make_unique<State>();
  read_checkpoint(path, *state);
  return Model(std::move(state));
}

void Model::copy_weights(const Model& other) {
  state_->refuse_in_run("copy_weights");
  Network& to = state_->built("copy_weights");
  const Network& from = other.state_->built("copy_weights");
  if (to.parameters().size() != from.parameters().size()) {
    fail(ErrorKind::usage, "copy_weights",
         "the other model has " + std::to_string(from.parameters().size()) + " parameters, this one has " +
             std::to_string(to.parameters().size()) + ", expected as many");
  }
  for (std::size_t i = 0; i < to.parameters().size(); ++i) {
    const NetworkParameter &a = to.parameters()[i], &b = from.parameters()[i];
    if (a.spec.shape != b.spec.shape) {
      fail(ErrorKind::usage, "copy_weights",
           "the other model's " + b.name + " has shape " + shape_text(b.spec.shape) + ", expected " +
               shape_text(a.spec.shape) + " as " + a.name + " has");
    }
  }
  std::copy(from.values().begin(), from.values().end(), to.values().begin());
}

std::vector<Parameter> Model::parameters() {
  Network& network = state_->built("parameters");
  state_->take_weights_of_run();
  network.share_values();
  std::vector<Parameter> parameters;
  for (const NetworkParameter& parameter : network.parameters())
    parameters.push_back({parameter.name, parameter.spec.shape, network.values(parameter)});
  return parameters;
}

std::vector<OpConfig> Model::layers() const {
  std::vector<OpConfig> layers;
  for (const NodeDescription& node : state_->card.network.nodes) layers.push_back(node.layer);
  return layers;
}

Graph Model::graph() const {
  const ModelCard& card = state_->card;
  Graph graph{card.inputs.empty() ? described_inputs(card) : card.inputs, {}};
  for (const NodeDescription& node : card.network.nodes) graph.layers.push_back({node.name, node.layer, node.inputs});
  return graph;
}

std::int64_t Model::input_width() const {
  static_cast<void>(state_->built("input_width"));
  return state_->card.feature_columns;
}
std::int64_t Model::output_width() const { return state_->built("output_width").output_width(); }
const std::vector<std::string>& Model::feature_names() const { return state_->card.feature_names; }
const std::vector<std::string>& Model::target_names() const { return state_->card.target_names; }
const std::vector<std::string>& Model::classes() const { return state_->card.classes; }
const CompileOptions& Model::compiled() const { return state_->card.compiled; }
std::string Model::summary() const { return state_->built("summary").summary(); }

std::string Model::plan(std::int64_t batch_size, const std::string& gemm) {
  if (batch_size < 1)
    fail(ErrorKind::usage, "plan", "batch_size is " + std::to_string(batch_size) + ", expected 1 or more");
  return state_->compiled("plan").describe_plan(batch_size, gemm_choice(gemm));
}

}  // namespace millrace
