// SPDX-License-Identifier: Apache-2.0
#include "millrace/model.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "model/files/checkpoint.hpp"
#include "model/files/onnx.hpp"
#include "model/input_columns.hpp"
#include "model/state.hpp"
#include "ops/schedules/schedule.hpp"
#include "step/plan.hpp"
#include "step/precision.hpp"
#include "table/checks.hpp"

namespace millrace {

const std::shared_ptr<Model::State>& Model::Holder::shared() const {
  if (!state_)
    fail(ErrorKind::usage, "model", "this model was moved to another one, expected a model that was not moved from");
  return state_;
}

Model::Model(std::unique_ptr<State> state) : state_(std::move(state)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model::Model(std::initializer_list<LayerConfig> layers) : Model(std::vector<LayerConfig>(layers)) {}

Model::Model(std::vector<LayerConfig> layers, Semantics semantics)
    : Model(
          [&] {
            Graph sequence;
            for (LayerConfig& layer : layers) sequence.layers.push_back({.layer = std::move(layer)});
            return sequence;
          }(),
          semantics) {}

Model::Model(const Tensor& output, Semantics semantics) : Model(graph_of({}, output), semantics) {}

Model::Model(const std::vector<Tensor>& inputs, const Tensor& output, Semantics semantics)
    : Model(graph_of(inputs, output), semantics) {}

Model::Model(const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs, Semantics semantics)
    : Model(graph_of(inputs, outputs), semantics) {}

Model::Model(const Graph& graph, Semantics semantics) : state_(std::make_unique<State>()) {
  ModelCard& card = state_->card;
  card.network.semantics = semantics;
  // Check options here, where the user wrote them, rather than when data arrives.
  for (const GraphLayer& layer : graph.layers) static_cast<void>(make_layer(layer.layer, semantics));
  Graph whole = ordered(graph);
  card.inputs = std::move(whole.inputs);
  card.network.layers = std::move(whole.layers);
  card.network.outputs = std::move(whole.outputs);
}

Model Model::clone() const {
  const Gate::Reading seat(state_->gate, "clone");
  auto copy = std::make_unique<State>();
  copy->card = state_->card;
  copy->preparation = state_->preparation;
  if (state_->network) {
    copy->use(std::make_unique<Network>(state_->with_weights("clone").description()));
    copy->store->copy_weights(*state_->store);
  }
  return Model(std::move(copy));
}

Model& Model::build(std::int64_t feature_columns, std::uint64_t seed) {
  const Gate::Writing writing(state_->gate, "build");
  state_->build(feature_columns, {}, seed);
  return *this;
}

Model& Model::build(const Dataset& data, std::uint64_t seed) {
  const Gate::Writing writing(state_->gate, "build");
  state_->build(data.features.columns, data.feature_names, seed);
  return *this;
}

Model& Model::compile(const CompileOptions& options) {
  const Gate::Writing writing(state_->gate, "compile");
  check_compiled(options, state_->card.network.semantics);
  CompileOptions& compiled = state_->card.compiled = options;
  compiled.optimizer = resolved(options.optimizer);
  if (!options.loss.op.empty()) compiled.loss = resolved(options.loss);
  for (OutputOptions& output : compiled.outputs)
    if (!output.loss.op.empty()) output.loss = resolved(output.loss);
  compiled.schedule = resolved(options.schedule);
  state_->forget_compiled();
  return *this;
}

Model& Model::standardize(const Dataset& training) {
  const Gate::Writing writing(state_->gate, "standardize");
  check_extents(training, "standardize");
  if (const std::int64_t columns = state_->card.feature_columns;
      state_->network && training.features.columns != columns)
    fail(ErrorKind::usage, "standardize",
         "data has " + std::to_string(training.features.columns) + " feature columns, expected " +
             std::to_string(columns) + ", as the model has");
  state_->prepare_by(Preparation::fit_standard(training), state_->card.target_scale);
  return *this;
}

Model& Model::copy_preparation(const Model& other) {
  const Gate::Writing writing(state_->gate, "copy_preparation");
  const Gate::Reading seat(other.state_->gate, "copy_preparation");
  const std::shared_ptr<const TargetScale>& scale = other.state_->card.target_scale;
  if (state_->network && scale) scale->check_outputs(state_->network->output_width());
  state_->prepare_by(other.state_->preparation, scale);
  state_->card.table = other.state_->card.table;
  return *this;
}

Evaluation Model::evaluate(const Dataset& data, int threads, const std::atomic<bool>* stop) const {
  const Gate::Reading seat(state_->gate, "evaluate");
  const std::shared_ptr<const Objective> objective = state_->objective("evaluate");
  static_cast<void>(state_->with_weights("evaluate"));
  state_->check_rows(data, *objective, "evaluate");
  return state_->evaluator(seat, objective)
      .evaluate({state_->with_scaled_targets(data), &state_->inputs}, threads, stop);
}

Matrix Model::predict(const Dataset& data, int threads, const std::atomic<bool>* stop) const {
  const Gate::Reading seat(state_->gate, "predict");
  static_cast<void>(state_->with_weights("predict"));
  state_->check_features(data, "predict");
  if (auto outputs = state_->predictor(seat).predict({data, &state_->inputs}, threads, stop)) {
    if (state_->card.target_scale) state_->card.target_scale->undo(*outputs);
    return *std::move(outputs);
  }
  check_finite_features(data, "predict");
  fail(ErrorKind::data, "predict", "a feature is not finite after standardisation, expected a finite number");
}

double Model::threshold() const {
  const Gate::Reading seat(state_->gate, "threshold");
  const ModelCard& card = state_->card;
  if (card.threshold) return *card.threshold;
  return card.compiled.loss.op.empty() ? 0.5 : make_loss(card.compiled.loss)->threshold();
}

void Model::set_threshold(double threshold) {
  const Gate::Writing writing(state_->gate, "set_threshold");
  if (!std::isfinite(threshold))
    fail(ErrorKind::usage, "set_threshold",
         "the threshold is " + number_text(threshold) + ", expected a finite number");
  if (state_->card.threshold == threshold) return;
  state_->card.threshold = threshold;
  state_->forget_compiled();
}

// A fit changes the card, so readers of its parts take a seat and get copies.
std::vector<LayerConfig> Model::layers() const {
  const Gate::Reading seat(state_->gate, "layers");
  std::vector<LayerConfig> layers;
  for (const GraphLayer& layer : state_->card.network.layers) layers.push_back(layer.layer);
  return layers;
}

Graph Model::graph() const {
  const Gate::Reading seat(state_->gate, "graph");
  const ModelCard& card = state_->card;
  return {card.inputs.empty() ? described_inputs(card) : card.inputs, card.network.layers, card.network.outputs};
}

std::int64_t Model::input_width() const {
  const Gate::Reading seat(state_->gate, "input_width");
  static_cast<void>(state_->built("input_width"));
  return state_->card.feature_columns;
}

std::int64_t Model::output_width() const {
  const Gate::Reading seat(state_->gate, "output_width");
  return state_->built("output_width").output_width();
}

std::vector<ModelOutput> Model::outputs() const {
  const Gate::Reading seat(state_->gate, "outputs");
  const Network& network = state_->built("outputs");
  std::vector<ModelOutput> outputs;
  for (std::size_t i = 0; i < network.outputs().size(); ++i)
    outputs.push_back({network.output_name(i), network.outputs()[i].first, network.outputs()[i].width});
  return outputs;
}

std::vector<std::string> Model::feature_names() const {
  const Gate::Reading seat(state_->gate, "feature_names");
  return state_->card.feature_names;
}

std::vector<std::string> Model::target_names() const {
  const Gate::Reading seat(state_->gate, "target_names");
  return state_->card.target_names;
}

std::vector<std::string> Model::classes() const {
  const Gate::Reading seat(state_->gate, "classes");
  return state_->card.classes;
}

std::vector<std::vector<std::string>> Model::target_classes() const {
  const Gate::Reading seat(state_->gate, "target_classes");
  return state_->card.target_classes;
}

void Model::set_target_classes(std::vector<std::vector<std::string>> classes) {
  const Gate::Writing writing(state_->gate, "set_target_classes");
  const std::int64_t columns =
      state_->card.compiled.outputs.empty()
          ? 0
          : state_->objective("set_target_classes")->loss->target_width(state_->network->output_width());
  if (std::ssize(classes) != columns)
    fail(ErrorKind::usage, "set_target_classes",
         std::to_string(classes.size()) + " lists of classes, expected " +
             (columns == 0 ? "a model that is compiled with several outputs"
                           : std::to_string(columns) + ", one for each target column"));
  for (const std::vector<std::string>& names : classes)
    for (const std::string& name : names) require_utf8(name, "set_target_classes", "the name of a class");
  state_->card.target_classes = std::move(classes);
}

CompileOptions Model::compiled() const {
  const Gate::Reading seat(state_->gate, "compiled");
  return state_->card.compiled;
}

std::string Model::summary() const {
  const Gate::Reading seat(state_->gate, "summary");
  if (state_->network) return state_->network->summary();
  std::string text = "not built: build(columns) or the first fit() infers the shapes\n";
  for (const GraphLayer& layer : state_->card.network.layers) text += layer.name + ": " + full_text(layer.layer) + "\n";
  return text;
}

std::string Model::plan(std::int64_t batch_size, const std::string& gemm, const std::string& kernels,
                        const std::string& precision) const {
  if (batch_size < 1)
    fail(ErrorKind::usage, "plan", "batch_size is " + std::to_string(batch_size) + ", expected 1 or more");
  const Gate::Reading seat(state_->gate, "plan");
  const std::shared_ptr<const Objective> objective = state_->objective("plan");
  // A separate store, so that the layouts of the model's weights stay.
  ParameterStore store(*state_->network);
  const bool line_search =
      make_optimizer(state_->card.compiled.optimizer, state_->network->semantics())->line_search() != nullptr;
  store.use(kernel_choice(kernels, gemm),
            choose_precision(precision, *state_->network, batch_size, line_search).precision);
  const StepPosition position;
  return Plan(*state_->network, store, objective->training_loss.get(),
              {.batch = batch_size, .training = true, .position = &position})
      .describe();
}

}  // namespace millrace
