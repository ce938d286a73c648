// SPDX-License-Identifier: Apache-2.0
#include "model/files/checkpoint.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "millrace/error.hpp"
#include "model/files/identity.hpp"
#include "model/files/json_numbers.hpp"
#include "model/files/state_json.hpp"
#include "store/tensor_file.hpp"

namespace millrace {

namespace {

using nlohmann::json;

constexpr const char* format_name = "millrace checkpoint 1";

// Trees of any depth would be copied, compared and shown by functions that call themselves as often.
bool is_shallow(int depth, json::parse_event_t /*event*/, json& /*parsed*/) {
  constexpr int deepest = 64;
  if (depth > deepest) throw std::length_error("its JSON is nested more than " + std::to_string(deepest) + " deep");
  return true;
}

// What the metadata say about the run, as `use` takes it. Throws Error{data} where it cannot be read.
template <class Use>
auto with_run(const TensorFile& file, const std::string& path, const Use& use) {
  try {
    return use(json::parse(file.metadata.at("run"), is_shallow));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    fail(ErrorKind::data, path,
         std::string("the state of the run cannot be read, expected one that millrace wrote: ") + error.what());
  }
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

// A tensor that is there for some runs only: empty where it is not.
std::vector<float> optional_values(const TensorFile& file, const std::string& name) {
  const auto tensors = by_name(file);
  const auto at = tensors.find(name);
  return at == tensors.end() ? std::vector<float>() : values_of<float>(*at->second);
}

// `model_tensors`: RunState's.
void read_model_of(const TensorFile& file, const std::string& path, Model::State& state,
                   const std::string& model_tensors) {
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
  ParameterStore& store = *state.store;
  std::vector<float> flat(static_cast<std::size_t>(state.network->weight_count()));
  read_parameters(file, path, "", *state.network, flat);
  store.load(ParameterStore::weights, flat);
  state.update_inputs();
  state.weights_are_lost = false;
  if (model_tensors.empty()) return;
  read_parameters(file, path, model_tensors, *state.network, flat);
  for (int p = 0; p < std::ssize(state.network->parameters()); ++p) {
    const NetworkParameter& parameter = state.network->parameters()[static_cast<std::size_t>(p)];
    // Averages are of what is trained.
    if (!parameter.spec.trainable && model_tensors.starts_with("optimizer/")) continue;
    store.set_values(p, std::span(flat).subspan(static_cast<std::size_t>(parameter.offset),
                                                static_cast<std::size_t>(parameter.size)));
  }
}

// The network's parameters with these values, each under prefix + name. The values have to outlive the file.
void add_parameters(TensorFile& file, const Network& network, const std::string& prefix, std::span<const float> flat) {
  for (const NetworkParameter& parameter : network.parameters()) {
    const auto values =
        flat.subspan(static_cast<std::size_t>(parameter.offset), static_cast<std::size_t>(parameter.size));
    file.tensors.push_back({prefix + parameter.name, Dtype::f32, parameter.spec.shape, bytes_of(values)});
  }
}

// One of the store's buffers, straight from there: a copy would be as large as the weights.
void add_buffer(TensorFile& file, const Network& network, const std::string& prefix, const ParameterStore& store,
                int buffer) {
  for (int p = 0; p < std::ssize(network.parameters()); ++p) {
    const NetworkParameter& parameter = network.parameters()[static_cast<std::size_t>(p)];
    file.tensors.push_back({.name = prefix + parameter.name,
                            .dtype = Dtype::f32,
                            .shape = parameter.spec.shape,
                            .source = [&store, buffer, p](const ByteSink& sink) {
                              store.for_each_piece_of_rows(
                                  buffer, p, [&](std::span<const float> piece) { sink(bytes_of(piece)); });
                            }});
  }
}

void add_preparation(TensorFile& file, const Preparation& preparation) {
  if (preparation.empty()) return;
  const Shape shape{std::ssize(preparation.mean)};
  file.tensors.push_back({"preparation/mean", Dtype::f32, shape, bytes_of(preparation.mean)});
  file.tensors.push_back({"preparation/scale", Dtype::f32, shape, bytes_of(preparation.scale)});
}

// The rows of the epoch so far, where a metric wants to see all of them.
void add_kept_rows(TensorFile& file, const KeptRows& kept, std::int64_t rows) {
  const auto add = [&](const char* name, const std::vector<float>& values, std::int64_t width) {
    if (values.empty() || rows == 0) return;
    const auto done = std::span<const float>(values).first(static_cast<std::size_t>(rows * width));
    file.tensors.push_back({name, Dtype::f32, {rows, width}, bytes_of(done)});
  };
  add("epoch/predictions", kept.predictions, kept.outputs);
  add("epoch/targets", kept.targets, kept.target_width);
  add("epoch/weights", kept.weights, 1);
}

TensorFile described(const Model::State& state, const json& run) {
  TensorFile file;
  file.metadata = {{"format", format_name},
                   {"millrace", MILLRACE_VERSION},
                   {"model", card_to_json(state.card)},
                   {"run", run.dump()}};
  return file;
}

}  // namespace

void save_checkpoint(const std::string& path, const Model::State& state, const std::string& identity,
                     std::int64_t rows) {
  const Network& network = *state.network;
  const RunState& at = state.trainer->state();
  json run = run_to_json(at, state.trainer->compiled().updater.accumulated());
  run["identity"] = json::parse(identity);
  TensorFile file = described(state, run);

  const ParameterStore& store = *state.store;
  add_buffer(file, network, "", store, ParameterStore::weights);
  for (int buffer = 0; buffer < std::ssize(store.buffer_names()); ++buffer)
    add_buffer(file, network, buffer_tensors(store.buffer_names()[static_cast<std::size_t>(buffer)]), store, buffer);
  for (const auto& [name, callback] : at.callbacks) {
    if (!callback.weights.empty()) add_parameters(file, network, callback_tensors(name), callback.weights);
  }
  add_kept_rows(file, at.kept, rows);
  add_preparation(file, state.preparation);
  write_tensor_file(path, file);
}

void save_model(const std::string& path, const Model::State& state, std::span<const float> weights,
                std::int64_t epochs) {
  const RunState& now = state.trainer->state();
  RunState then;
  then.epoch = epochs;
  then.history.assign(now.history.begin(), now.history.begin() + epochs);
  TensorFile file = described(state, run_to_json(then, 0));
  add_parameters(file, *state.network, "", weights);
  add_preparation(file, state.preparation);
  write_tensor_file(path, file);
}

void resume_checkpoint(const std::string& path, Model::State& state, const std::string& identity) {
  if (!std::filesystem::exists(path)) return;
  const TensorFile file = open_checkpoint(path);
  with_run(file, path, [&](const json& run) {
    if (!run.contains("identity"))
      fail(ErrorKind::usage, "resume", path + " holds a model without its run, expected the checkpoint of a run");
    if (const std::string changed = identity_difference(run.at("identity").dump(), identity); !changed.empty()) {
      fail(ErrorKind::usage, "resume",
           path + " belongs to another run: " + changed + " differs, expected the same; start anew without resume");
    }
    read_model_of(file, path, state, "");
    RunState& at = state.trainer->state();
    at = run_from_json(run);
    for (auto& [name, callback] : at.callbacks) {
      const std::string prefix = callback_tensors(name);
      if (std::none_of(file.tensors.begin(), file.tensors.end(),
                       [&](const NamedTensor& tensor) { return tensor.name.starts_with(prefix); }))
        continue;
      callback.weights.resize(static_cast<std::size_t>(state.network->weight_count()));
      read_parameters(file, path, prefix, *state.network, callback.weights);
    }
    at.kept.predictions = optional_values(file, "epoch/predictions");
    at.kept.targets = optional_values(file, "epoch/targets");
    at.kept.weights = optional_values(file, "epoch/weights");
    state.trainer->compiled().updater.accumulated() = whole_number(run.at("accumulated"));
  });
  ParameterStore& store = *state.store;
  std::vector<float> flat(static_cast<std::size_t>(state.network->weight_count()));
  for (int buffer = 0; buffer < std::ssize(store.buffer_names()); ++buffer) {
    read_parameters(file, path, buffer_tensors(store.buffer_names()[static_cast<std::size_t>(buffer)]), *state.network,
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
  std::size_t bytes = 0;
  for (const NamedTensor& tensor : file.tensors) bytes += tensor.bytes.size();
  state.use(network_of_file(path, state.card, static_cast<std::int64_t>(bytes / sizeof(float))));
  read_model_of(file, path, state, with_run(file, path, run_from_json).model_tensors);
}

RunState read_run(const std::string& path) { return with_run(open_checkpoint(path), path, run_from_json); }

}  // namespace millrace
