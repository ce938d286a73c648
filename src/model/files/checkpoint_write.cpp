// SPDX-License-Identifier: Apache-2.0
#include "model/files/checkpoint.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/files/card.hpp"
#include "model/files/checkpoint_format.hpp"
#include "model/files/state_json.hpp"
#include "store/tensor_header.hpp"

namespace millrace {

namespace {

using nlohmann::json;

// Adds a tensor prefix + name for each parameter, with its part of `flat`, which must outlive the file.
void add_parameters(TensorFile& file, const Network& network, const std::string& prefix, std::span<const float> flat) {
  for (const NetworkParameter& parameter : network.parameters()) {
    const auto values =
        flat.subspan(static_cast<std::size_t>(parameter.offset), static_cast<std::size_t>(parameter.size));
    file.tensors.push_back({prefix + parameter.name, Dtype::f32, parameter.spec.shape, bytes_of(values)});
  }
}

// Adds the tensors of one buffer of the store. They are read from there when the file is written, because a copy would
// be as large as the weights.
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

// Adds the first `rows` rows of the epoch, if a metric needs all rows of an epoch together.
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

// Adds the history of the run to `run`, or to the tensors if it is long: a file whose header is larger than
// greatest_header cannot be written.
void add_history(TensorFile& file, json& run, const std::vector<Epoch>& history) {
  if (std::ssize(history) <= most_epochs_in_header) {
    run["history"] = history_to_json(history);
    return;
  }
  const auto lines = std::make_shared<const std::string>(history_to_lines(history));
  file.tensors.push_back({history_tensor, Dtype::u8, {std::ssize(*lines)}, bytes_of(*lines)});
  file.storage = lines;
}

TensorFile described(const Model::State& state, json run, const std::vector<Epoch>& history) {
  TensorFile file;
  add_history(file, run, history);
  file.metadata = {{ecosystem_key, ecosystem},
                   {checkpoint_key, std::to_string(newest_checkpoint)},
                   {"millrace", MILLRACE_VERSION},
                   {"model", card_to_json(state.card)},
                   {"run", run.dump()}};
  return file;
}

}  // namespace

TensorFile tensors_of_run(const Model::State& state, const RunOrigin& origin, std::int64_t rows) {
  const Network& network = *state.network;
  const TrainingState& at = state.trainer->state();
  json run = run_to_json(at, state.trainer->compiled().updater.accumulated());
  run["identity"] = json::parse(origin.identity);
  if (!origin.about.empty()) run["about"] = origin.about;
  TensorFile file = described(state, std::move(run), at.history);

  const ParameterStore& store = *state.store;
  add_buffer(file, network, "", store, ParameterStore::weights);
  for (int buffer = 0; buffer < std::ssize(store.buffer_names()); ++buffer)
    add_buffer(file, network, buffer_tensors(store.buffer_names()[static_cast<std::size_t>(buffer)]), store, buffer);
  for (const auto& [name, callback] : at.callbacks) {
    if (!callback.weights.empty()) add_parameters(file, network, callback_tensors(name), callback.weights);
  }
  add_kept_rows(file, at.kept, rows);
  add_preparation(file, state.preparation);
  return file;
}

std::vector<std::byte> bytes_of_run(const std::string& path, const Model::State& state, const RunOrigin& origin,
                                    std::int64_t rows) {
  const TensorFile file = tensors_of_run(state, origin, rows);
  constexpr std::size_t room_for_text = 1 << 16;
  std::size_t size = room_for_text;
  for (const NamedTensor& tensor : file.tensors) size += byte_count(tensor.dtype, tensor.shape).value_or(0);
  std::vector<std::byte> bytes;
  bytes.reserve(size);
  write_tensors(file, path,
                [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  return bytes;
}

void write_run(const std::string& path, const Model::State& state, const RunOrigin& origin, std::int64_t rows) {
  write_tensor_file(path, tensors_of_run(state, origin, rows));
}

void save_model(const std::string& path, const Model::State& state, std::span<const float> weights,
                std::int64_t epochs) {
  const TrainingState& now = state.trainer->state();
  TrainingState then;
  then.epoch = epochs;
  then.history.assign(now.history.begin(), now.history.begin() + epochs);
  TensorFile file = described(state, run_to_json(then, 0), then.history);
  add_parameters(file, *state.network, "", weights);
  add_preparation(file, state.preparation);
  write_tensor_file(path, file);
}

TensorFile tensors_of_model(const Model::State& state) {
  static_cast<void>(state.with_weights("save_checkpoint"));
  TensorFile file = described(state, run_to_json({}, 0), {});
  add_buffer(file, *state.network, "", *state.store, ParameterStore::weights);
  add_preparation(file, state.preparation);
  return file;
}

}  // namespace millrace
