// SPDX-License-Identifier: Apache-2.0
#include "millrace/model.hpp"

#include <algorithm>
#include <cmath>

#include "base/names.hpp"
#include "base/text.hpp"
#include "data/checks.hpp"
#include "data/class_weights.hpp"
#include "millrace/error.hpp"
#include "user/checkpoint.hpp"
#include "user/model_state.hpp"
#include "user/onnx_model.hpp"
#include "user/run_check.hpp"

namespace millrace {

namespace {

// The columns of a table that an input takes.
std::vector<std::int64_t> columns_of(const GraphInput& input, std::int64_t count,
                                     const std::vector<std::string>& names) {
  std::vector<std::int64_t> columns;
  for (const std::string& name : input.columns) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (names.empty())
      fail(ErrorKind::usage, input.name,
           "takes columns by name, and the data has no names; expected positions, as in ColumnRange{.first, .count}");
    if (at == names.end())
      fail(ErrorKind::usage, input.name, unknown_name("column", name, {names.begin(), names.end()}));
    columns.push_back(at - names.begin());
  }
  if (!columns.empty()) return columns;
  const bool all = input.range == ColumnRange{};
  const ColumnRange range = all ? ColumnRange{0, count} : input.range;
  if (range.first < 0 || range.count < 1 || range.first > count - range.count) {
    fail(ErrorKind::usage, input.name,
         "takes " + std::to_string(range.count) + " columns from number " + std::to_string(range.first) +
             " on, the data has " + std::to_string(count) + " feature columns, expected a range of them");
  }
  for (std::int64_t c = 0; c < range.count; ++c) columns.push_back(range.first + c);
  return columns;
}

void build_network(Model::State& state, std::int64_t count, const std::vector<std::string>& names, std::uint64_t seed) {
  if (count < 1 || count > most_columns) {
    fail(ErrorKind::usage, "model",
         std::to_string(count) + " input columns, expected 1 to " + std::to_string(most_columns));
  }
  ModelCard card = state.card;
  if (!card.inputs.empty()) {
    card.columns.clear();
    card.network.inputs.clear();
    for (const GraphInput& input : card.inputs) {
      card.columns.push_back(columns_of(input, count, names));
      card.network.inputs.push_back({input.name, {std::ssize(card.columns.back())}});
    }
    card.feature_columns = count;
  } else if (count != card.feature_columns) {
    fail(ErrorKind::usage, "model",
         std::to_string(count) + " input columns, expected the " + std::to_string(card.feature_columns) +
             " that the model was read with");
  }
  auto network = std::make_unique<Network>(card.network);
  network->initialize(seed);
  state.trainer.reset();
  state.predictor.reset();
  state.network = std::move(network);
  card.network = state.network->description();
  state.card = std::move(card);
}

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

// A column or a class by another name, or in another place, is another one.
void check_same_names(const std::vector<std::string>& given, const std::vector<std::string>& known, const char* what,
                      const char* who) {
  if (given.empty() || known.empty()) return;
  const auto [at, expected] = std::mismatch(given.begin(), given.end(), known.begin(), known.end());
  if (at == given.end() && expected == known.end()) return;
  const auto quoted = [](auto name, auto end) { return name == end ? "none" : "'" + *name + "'"; };
  fail(ErrorKind::usage, who,
       std::string(what) + " " + std::to_string(at - given.begin() + 1) + " is " + quoted(at, given.end()) +
           ", the model's is " + quoted(expected, known.end()) +
           ", expected the same names in the same order (CsvOptions::features and classes read a table so), or none");
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

void Model::State::check_features(const Dataset& data, const char* who) const {
  check_extents(data, who);
  if (data.features.columns != card.feature_columns) {
    fail(ErrorKind::usage, who,
         "data has " + std::to_string(data.features.columns) + " feature columns, the model takes " +
             std::to_string(card.feature_columns));
  }
  check_same_names(data.feature_names, card.feature_names, "column", who);
  check_same_names(data.classes, card.classes, "class", who);
  for (std::size_t i = 0; i < card.columns.size(); ++i) {
    const std::int64_t categories = network->categories(i);
    for (std::int64_t r = 0; categories > 0 && r < data.rows(); ++r) {
      for (const std::int64_t column : card.columns[i]) {
        const float value = data.features.row(data.table_row(r))[column];
        if (value >= 0 && value < static_cast<float>(categories) && value == std::floor(value)) continue;
        fail(ErrorKind::data, who,
             "column " + feature_name(data, column) + " of " + place_of_row(data, data.table_row(r)) + " is " +
                 number_text(value) + ", expected a category of input '" + card.network.inputs[i].name +
                 "', a whole number from 0 to " + std::to_string(categories - 1));
      }
    }
  }
}

Preparation Model::State::input_preparation() const {
  std::vector<std::int64_t> columns;
  std::vector<bool> unscaled;
  bool categories = false;
  for (std::size_t i = 0; i < card.columns.size(); ++i) {
    columns.insert(columns.end(), card.columns[i].begin(), card.columns[i].end());
    unscaled.resize(columns.size(), network->categories(i) > 0);
    categories |= network->categories(i) > 0;
  }
  // The usual case, one input of all columns, copies nothing that it need not.
  if (takes_all_columns(card) && (preparation.empty() || !categories)) return preparation;
  return preparation.select(columns, unscaled);
}

void Model::State::take_weights_of_run() const {
  if (trainer && trainer->running()) trainer->compiled().save_weights();
}

void Model::State::refuse_in_run(const char* who) const {
  if (trainer && trainer->running())
    fail(ErrorKind::usage, who,
         "the model is being trained, expected a callback to look at it only: evaluate, predict, parameters, export");
}

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
  const Preparation inputs = input_preparation();
  return inputs.empty() ? data : inputs.apply(data);
}

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
  build_network(*state_, inputs, {}, seed);
  return *this;
}

Model& Model::build(const Dataset& data, std::uint64_t seed) {
  state_->refuse_in_run("build");
  build_network(*state_, data.features.columns, data.feature_names, seed);
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

History Model::fit(const Dataset& data, const FitOptions& asked) {
  State& state = *state_;
  state.refuse_in_run("fit");
  if (state.card.compiled.loss.op.empty())
    fail(ErrorKind::usage, "fit", "the model has no loss, expected compile({.loss = ...}) before");
  if (asked.validation != nullptr && asked.validation_split > 0)
    fail(ErrorKind::usage, "fit", "both validation and validation_split are given, expected one of them");
  check_extents(data, "fit");
  if (!state.network) build(data, asked.seed);

  Split split{with_sample_weight(data, asked.sample_weight), {}};
  if (asked.validation_split != 0)
    split = split_last(split.train, asked.validation_split);
  else if (asked.validation != nullptr)
    split.validation = *asked.validation;
  const bool validates = asked.validation_split != 0 || asked.validation != nullptr;

  Trainer& trainer = state.compiled("fit");
  // Before preparation: messages name rows of the table as it was read.
  state.check_features(split.train, "fit");
  trainer.check(split.train, "fit");
  if (validates) {
    state.check_features(split.validation, "validation");
    trainer.check(split.validation, "validation");
    check_same_names(split.validation.feature_names, data.feature_names, "column", "validation");
    check_same_names(split.validation.classes, data.classes, "class", "validation");
  }
  const FitOptions options = with_class_weight(asked, split.train);

  if (!data.feature_names.empty()) state.card.feature_names = data.feature_names;
  if (!data.target_names.empty()) state.card.target_names = data.target_names;
  if (!data.classes.empty()) state.card.classes = data.classes;
  const RunState& before = trainer.state();
  trainer.state() = RunState{.iteration = before.iteration,
                             .steps = before.steps,
                             .earlier_epochs = before.earlier_epochs + before.epoch,
                             .curvature_pairs = before.curvature_pairs};
  trainer.compiled().load_weights();
  std::string identity;
  if (!options.checkpoint.empty()) {
    identity = run_identity(state, split.train, validates ? &split.validation : nullptr, options);
    if (options.resume) {
      resume_checkpoint(options.checkpoint, state, identity);
      const std::int64_t rows = split.train.rows(), batch = std::clamp<std::int64_t>(options.batch_size, 1, rows);
      check_run(options.checkpoint, trainer.state(), (rows + batch - 1) / batch);
    }
  }
  const Dataset training = state.prepared(split.train);
  const Dataset validation = validates ? state.prepared(split.validation) : Dataset{};
  const RunFiles files{[&] {
                         if (!options.checkpoint.empty())
                           save_checkpoint(options.checkpoint, state, identity,
                                           std::min(trainer.state().step * options.batch_size, training.rows()));
                       },
                       [&](const std::string& path, std::span<const float> weights, std::int64_t epochs) {
                         save_model(path, state, weights, epochs);
                       }};
  // A run that fails leaves moments of steps that the weights have not taken: the next one begins without them.
  struct Forget {
    State& state;
    ~Forget() {
      if (state.trainer->running()) state.trainer.reset();
    }
  } forget{state};
  return trainer.fit(training, validates ? &validation : nullptr, options, files);
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
  Graph graph{card.inputs, {}};
  for (std::size_t i = 0; i < card.network.inputs.size() && card.inputs.empty(); ++i) {
    GraphInput& input = graph.inputs.emplace_back(GraphInput{.name = card.network.inputs[i].name});
    const std::vector<std::int64_t>& columns = card.columns[i];
    if (card.network.inputs.size() == 1 && takes_all_columns(card)) continue;
    input.range = {columns[0], std::ssize(columns)};
    for (const std::int64_t column : columns) {
      if (column < std::ssize(card.feature_names))
        input.columns.push_back(card.feature_names[static_cast<std::size_t>(column)]);
    }
  }
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
