// SPDX-License-Identifier: Apache-2.0
#include "millrace/model.hpp"

#include "data/class_weights.hpp"
#include "millrace/error.hpp"
#include "user/checkpoint.hpp"
#include "user/model_state.hpp"
#include "user/onnx_model.hpp"

namespace millrace {

namespace {

// The one input of a sequence of layers.
constexpr const char* features_input = "features";

// The data with weights given beside them, one a row of the data, which may be a selection of a table.
Dataset with_sample_weight(const Dataset& data, const std::vector<float>& weights) {
  if (weights.empty()) return data;
  if (!data.weights.empty())
    fail(ErrorKind::usage, "fit", "both the data and sample_weight weigh rows, expected one of them");
  if (std::ssize(weights) != data.rows()) {
    fail(ErrorKind::usage, "fit",
         std::to_string(weights.size()) + " sample weights for " + std::to_string(data.rows()) +
             " rows, expected one a row");
  }
  Dataset weighted = data;
  weighted.weights.resize(static_cast<std::size_t>(data.features.rows));
  for (std::int64_t r = 0; r < data.rows(); ++r)
    weighted.weights[static_cast<std::size_t>(data.table_row(r))] = weights[static_cast<std::size_t>(r)];
  return weighted;
}

// "balanced" as numbers, which checkpoints can tell from others.
FitOptions with_class_weight(const FitOptions& options, const Dataset& training) {
  if (!options.balanced) return options;
  if (!options.class_weight.empty())
    fail(ErrorKind::usage, "fit", "both class_weight and balanced are given, expected one of them");
  FitOptions resolved = options;
  resolved.class_weight = balanced_class_weight(training);
  return resolved;
}

}  // namespace

Network& Model::State::built(const char* who) {
  if (!network)
    fail(ErrorKind::usage, who, "the model has no input width yet, expected build(inputs) or fit(data) before");
  return *network;
}

Trainer& Model::State::compiled(const char* who) {
  if (card.compiled.loss.op.empty())
    fail(ErrorKind::usage, who, "the model has no loss, expected compile({.loss = ...}) before");
  if (!trainer) trainer = std::make_unique<Trainer>(built(who), card.compiled);
  return *trainer;
}

Dataset Model::State::prepared(const Dataset& data) const {
  return preparation.empty() ? data : preparation.apply(data);
}

Model::Model(std::unique_ptr<State> state) : state_(std::move(state)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model::Model(std::initializer_list<OpConfig> layers) : Model(std::vector<OpConfig>(layers)) {}

Model::Model(std::vector<OpConfig> layers, Semantics semantics) : state_(std::make_unique<State>()) {
  state_->card.network.semantics = semantics;
  for (OpConfig& layer : layers) {
    // Wrong options are refused where they are written, not when the data comes.
    static_cast<void>(layer_row(layer.op).make(layer, semantics));
    state_->card.network.nodes.push_back({"", std::move(layer), {}});
  }
  if (layers.empty()) fail(ErrorKind::usage, "model", "no layers, expected at least one");
}

Model& Model::build(std::int64_t inputs, std::uint64_t seed) {
  if (inputs < 1) fail(ErrorKind::usage, "model", std::to_string(inputs) + " input columns, expected at least 1");
  NetworkDescription description = state_->card.network;
  if (description.inputs.empty()) description.inputs = {{features_input, {inputs}}};
  auto network = std::make_unique<Network>(description);
  network->initialize(seed);
  state_->trainer.reset();
  state_->network = std::move(network);
  state_->card.network = state_->network->description();
  return *this;
}

Model& Model::compile(const CompileOptions& options) {
  // Unknown names and options are refused here.
  static_cast<void>(make_loss(options.loss, state_->card.network.semantics));
  static_cast<void>(make_optimizer(options.optimizer, state_->card.network.semantics));
  static_cast<void>(options_from<UpdateOptions>(options.update));
  static_cast<void>(make_schedule(options.schedule, options.pace, {}));
  for (const std::string& metric : options.metrics) static_cast<void>(make_metric(parse_metric(metric)));
  state_->card.compiled = options;
  state_->trainer.reset();
  return *this;
}

Model& Model::standardize(const Dataset& training) {
  state_->preparation = Preparation::fit_standard(training);
  return *this;
}

Model& Model::copy_preparation(const Model& other) {
  state_->preparation = other.state_->preparation;
  return *this;
}

History Model::fit(const Dataset& data, const FitOptions& asked) {
  State& state = *state_;
  if (state.card.compiled.loss.op.empty())
    fail(ErrorKind::usage, "fit", "the model has no loss, expected compile({.loss = ...}) before");
  if (asked.validation != nullptr && asked.validation_split > 0)
    fail(ErrorKind::usage, "fit", "both validation and validation_split are given, expected one of them");
  if (!state.network) build(data.features.columns, asked.seed);
  if (!data.feature_names.empty()) state.card.feature_names = data.feature_names;
  if (!data.target_names.empty()) state.card.target_names = data.target_names;
  if (!data.classes.empty()) state.card.classes = data.classes;

  Split split{with_sample_weight(data, asked.sample_weight), {}};
  if (asked.validation_split != 0)
    split = split_last(split.train, asked.validation_split);
  else if (asked.validation != nullptr)
    split.validation = *asked.validation;
  const bool validates = asked.validation_split != 0 || asked.validation != nullptr;

  Trainer& trainer = state.compiled("fit");
  const RunState& before = trainer.state();
  trainer.state() = RunState{
      .iteration = before.iteration, .steps = before.steps, .earlier_epochs = before.earlier_epochs + before.epoch};
  trainer.load_weights();
  // Before preparation: messages name rows of the table as it was read.
  trainer.check(split.train, "fit");
  if (validates) trainer.check(split.validation, "validation");
  const FitOptions options = with_class_weight(asked, split.train);
  if (options.resume && !options.checkpoint.empty()) resume_checkpoint(options.checkpoint, state, split.train, options);
  const Dataset training = state.prepared(split.train);
  const Dataset validation = validates ? state.prepared(split.validation) : Dataset{};
  const RunFiles files{[&] {
                         if (!options.checkpoint.empty())
                           save_checkpoint(options.checkpoint, state, split.train, options);
                       },
                       [&](const std::string& path, std::span<const float> weights, std::int64_t epochs) {
                         save_model(path, state, weights, epochs);
                       }};
  return trainer.fit(training, validates ? &validation : nullptr, options, files);
}

Evaluation Model::evaluate(const Dataset& data, int threads) {
  Trainer& trainer = state_->compiled("evaluate");
  trainer.check(data, "evaluate");
  return trainer.evaluate(state_->prepared(data), threads);
}

Matrix Model::predict(const Dataset& data, int threads) {
  const Network& network = state_->built("predict");
  if (data.features.columns != network.input_width()) {
    fail(ErrorKind::usage, "predict",
         "data has " + std::to_string(data.features.columns) + " feature columns, the model takes " +
             std::to_string(network.input_width()));
  }
  return predict_rows(network, state_->prepared(data), threads);
}

void Model::export_onnx(const std::string& path) { write_model(path, *state_); }

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

std::int64_t Model::input_width() const { return state_->built("input_width").input_width(); }
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
