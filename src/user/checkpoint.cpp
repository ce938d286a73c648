// SPDX-License-Identifier: Apache-2.0
#include "user/checkpoint.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "millrace/error.hpp"
#include "store/tensor_file.hpp"
#include "user/data_fingerprint.hpp"

namespace millrace {

namespace {

using nlohmann::json;

constexpr const char* format_name = "millrace checkpoint 1";

json to_json(const std::vector<NamedValue>& values) {
  json list = json::array();
  for (const auto& [name, value] : values) list.push_back({name, value});
  return list;
}

std::vector<NamedValue> values_from(const json& list) {
  std::vector<NamedValue> values;
  for (const json& entry : list) values.emplace_back(entry.at(0).get<std::string>(), entry.at(1).get<double>());
  return values;
}

json to_json(const Epoch& epoch) {
  json entry{{"number", epoch.number},   {"epochs", epoch.epochs},
             {"loss", epoch.loss},       {"metrics", to_json(epoch.metrics)},
             {"seconds", epoch.seconds}, {"learning_rate", epoch.learning_rate}};
  if (epoch.validated)
    entry["validation"] = {{"loss", epoch.validation.loss}, {"metrics", to_json(epoch.validation.metrics)}};
  return entry;
}

Epoch epoch_from(const json& entry) {
  Epoch epoch;
  epoch.number = entry.at("number");
  epoch.epochs = entry.at("epochs");
  epoch.loss = entry.at("loss");
  epoch.metrics = values_from(entry.at("metrics"));
  epoch.seconds = entry.at("seconds");
  epoch.learning_rate = entry.at("learning_rate");
  if (entry.contains("validation")) {
    epoch.validated = true;
    epoch.validation = {entry.at("validation").at("loss"), values_from(entry.at("validation").at("metrics"))};
  }
  return epoch;
}

// What must be the same for a resumed run to be the run that was interrupted.
json identity_of(const Model::State& state, const Dataset& training, const FitOptions& options) {
  return {{"model", json::parse(card_to_json(state.card))},
          {"seed", options.seed},
          {"batch size", options.batch_size},
          {"shuffle", options.shuffle},
          {"training rows", fingerprint(training)}};
}

RunState run_from(const json& run) {
  RunState at{.iteration = run.at("iteration"),
              .steps = run.at("steps"),
              .epoch = run.at("epoch"),
              .step = run.at("step"),
              .loss_sum = run.at("loss_sum"),
              .metric_states = run.at("metric_states").get<std::vector<double>>(),
              .history = {}};
  for (const json& entry : run.at("history")) at.history.push_back(epoch_from(entry));
  return at;
}

// What the metadata say about the run, as `use` takes it. Throws Error{data} where it cannot be read.
template <class Use>
auto with_run(const TensorFile& file, const std::string& path, const Use& use) {
  try {
    return use(json::parse(file.metadata.at("run")));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    fail(ErrorKind::data, path, std::string("the state of the run cannot be read: ") + error.what());
  }
}

// The first key whose values differ, or empty.
std::string difference(const json& then, const json& now) {
  for (const auto& [key, value] : now.items()) {
    if (!then.contains(key)) return key;
    if (then.at(key) == value) continue;
    if (value.is_object()) return key + ", " + difference(then.at(key), value);
    return key + " (" + then.at(key).dump() + " in the checkpoint, " + value.dump() + " now)";
  }
  return "";
}

std::map<std::string, const NamedTensor*> by_name(const TensorFile& file) {
  std::map<std::string, const NamedTensor*> tensors;
  for (const NamedTensor& tensor : file.tensors) tensors[tensor.name] = &tensor;
  return tensors;
}

TensorFile open_checkpoint(const std::string& path) {
  TensorFile file = read_tensor_file(path);
  if (file.metadata["format"] != format_name)
    fail(ErrorKind::data, path, "format is '" + file.metadata["format"] + "', expected '" + format_name + "'");
  return file;
}

// Copies what is stored per parameter under prefix + name into one flat buffer.
void read_parameters(const TensorFile& file, const std::string& path, const std::string& prefix, const Network& network,
                     std::span<float> flat) {
  const auto tensors = by_name(file);
  for (const NetworkParameter& parameter : network.parameters()) {
    const auto at = tensors.find(prefix + parameter.name);
    if (at == tensors.end())
      fail(ErrorKind::data, path,
           "no tensor " + prefix + parameter.name + ", expected one of shape " + shape_text(parameter.spec.shape));
    copy_values(*at->second,
                flat.subspan(static_cast<std::size_t>(parameter.offset), static_cast<std::size_t>(parameter.size)));
  }
}

void read_model_of(const TensorFile& file, const std::string& path, Model::State& state) {
  const auto tensors = by_name(file);
  const auto mean = tensors.find("preparation/mean"), scale = tensors.find("preparation/scale");
  if (mean != tensors.end() && scale != tensors.end())
    state.preparation = {values_of<float>(*mean->second), values_of<float>(*scale->second), {}};
  for (const std::vector<float>& part : {state.preparation.mean, state.preparation.scale}) {
    if (!part.empty() && std::ssize(part) != state.card.feature_columns)
      fail(ErrorKind::data, path,
           "the preparation has " + std::to_string(part.size()) + " columns, expected the " +
               std::to_string(state.card.feature_columns) + " of the model");
  }
  read_parameters(file, path, "", *state.network, state.network->values());
}

std::string buffer_prefix(const std::string& buffer) { return "optimizer/" + buffer + "/"; }

}  // namespace

void save_checkpoint(const std::string& path, const Model::State& state, const Dataset& training,
                     const FitOptions& options) {
  const Network& network = *state.network;
  const RunState& at = state.trainer->state();
  json history = json::array();
  for (const Epoch& epoch : at.history) history.push_back(to_json(epoch));
  const json run{{"identity", identity_of(state, training, options)},
                 {"iteration", at.iteration},
                 {"steps", at.steps},
                 {"accumulated", state.trainer->updater().accumulated()},
                 {"epoch", at.epoch},
                 {"step", at.step},
                 {"loss_sum", at.loss_sum},
                 {"metric_states", at.metric_states},
                 {"history", history}};
  TensorFile file;
  file.metadata = {{"format", format_name},
                   {"millrace", MILLRACE_VERSION},
                   {"model", card_to_json(state.card)},
                   {"run", run.dump()}};

  std::vector<std::vector<float>> flats;  // the weights, then a slot each: what the tensors' bytes point into
  flats.emplace_back(network.values().begin(), network.values().end());
  const ParameterStore& store = state.trainer->store();
  for (int buffer = 0; buffer < std::ssize(store.buffer_names()); ++buffer) {
    flats.emplace_back(network.values().size());
    store.save(buffer, flats.back());
  }
  for (std::size_t buffer = 0; buffer < flats.size(); ++buffer) {
    const std::string prefix = buffer == 0 ? "" : buffer_prefix(store.buffer_names()[buffer - 1]);
    for (const NetworkParameter& parameter : network.parameters()) {
      const std::span<const float> values =
          std::span(flats[buffer])
              .subspan(static_cast<std::size_t>(parameter.offset), static_cast<std::size_t>(parameter.size));
      file.tensors.push_back({prefix + parameter.name, Dtype::f32, parameter.spec.shape, bytes_of(values)});
    }
  }
  const Preparation& preparation = state.preparation;
  if (!preparation.empty()) {
    const Shape shape{std::ssize(preparation.mean)};
    file.tensors.push_back({"preparation/mean", Dtype::f32, shape, bytes_of(preparation.mean)});
    file.tensors.push_back({"preparation/scale", Dtype::f32, shape, bytes_of(preparation.scale)});
  }
  write_tensor_file(path, file);
}

void resume_checkpoint(const std::string& path, Model::State& state, const Dataset& training,
                       const FitOptions& options) {
  if (!std::filesystem::exists(path)) return;
  const TensorFile file = open_checkpoint(path);
  with_run(file, path, [&](const json& run) {
    if (const std::string changed = difference(run.at("identity"), identity_of(state, training, options));
        !changed.empty()) {
      fail(ErrorKind::usage, "resume",
           path + " belongs to another run: " + changed + " differs, expected the same; start anew without resume");
    }
    read_model_of(file, path, state);
    state.trainer->state() = run_from(run);
    state.trainer->updater().accumulated() = run.at("accumulated");
  });
  state.trainer->load_weights();
  ParameterStore& store = state.trainer->store();
  std::vector<float> flat(state.network->values().size());
  for (int buffer = 0; buffer < std::ssize(store.buffer_names()); ++buffer) {
    read_parameters(file, path, buffer_prefix(store.buffer_names()[static_cast<std::size_t>(buffer)]), *state.network,
                    flat);
    store.load(buffer, flat);
  }
}

void read_checkpoint(const std::string& path, Model::State& state) {
  const TensorFile file = open_checkpoint(path);
  const auto model = file.metadata.find("model");
  if (model == file.metadata.end())
    fail(ErrorKind::data, path, "no description of the model in the metadata, expected the key 'model'");
  state.card = card_from_json(model->second, path);
  state.network = std::make_unique<Network>(state.card.network);
  read_model_of(file, path, state);
}

RunState read_run(const std::string& path) { return with_run(open_checkpoint(path), path, run_from); }

}  // namespace millrace
