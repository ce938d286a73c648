// SPDX-License-Identifier: Apache-2.0
#include "model/files/checkpoint.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "millrace/error.hpp"
#include "model/files/checkpoint_files.hpp"
#include "model/files/checkpoint_format.hpp"
#include "model/files/file_json.hpp"
#include "model/files/identity.hpp"
#include "model/files/kernel_identity.hpp"
#include "model/files/run_changes.hpp"
#include "model/files/state_json.hpp"

namespace millrace {

namespace {

using nlohmann::json;

// Calls use(run) with the state of the run in the metadata. Throws Error{data} if it cannot be read.
template <class Use>
auto with_run(const TensorFile& file, const std::string& path, const Use& use) {
  return read_written(path, "the state of the run", [&] {
    const std::string& text = file.metadata.at("run");
    refuse_deep_nesting(text);
    return use(json::parse(text));
  });
}

// The state of the run in the metadata and the tensors, without weights and rows.
TrainingState state_of(const TensorFile& file, const json& run) {
  TrainingState state = run_from_json(run);
  const NamedTensor* const tensor = find_tensor(file, history_tensor);
  if (tensor == nullptr) {
    state.history = history_from_json(run.at("history"));
    return state;
  }
  const std::string_view lines(reinterpret_cast<const char*>(tensor->bytes.data()), tensor->bytes.size());
  refuse_deep_nesting(lines);
  state.history = history_from_lines(lines);
  return state;
}

std::map<std::string, const NamedTensor*> by_name(const TensorFile& file) {
  std::map<std::string, const NamedTensor*> tensors;
  for (const NamedTensor& tensor : file.tensors) tensors[tensor.name] = &tensor;
  return tensors;
}

// Throws Error{data} unless the file is a checkpoint in a format that this version knows.
void require_known_format(const TensorFile& file, const std::string& name) {
  const auto text = [&](const char* key) {
    const auto at = file.metadata.find(key);
    return at == file.metadata.end() ? "" : at->second;
  };
  const std::string format = text(checkpoint_key);
  if (format == std::to_string(newest_checkpoint)) return;
  if (format.empty() && text(ecosystem_key) == checkpoint_1) return;
  if (format.empty())
    fail(ErrorKind::data, name,
         std::string("the metadata have no '") + checkpoint_key + "', expected a checkpoint written by millrace");
  fail(ErrorKind::data, name,
       "the checkpoint has format '" + format + "', expected at most " + std::to_string(newest_checkpoint) +
           ": read it with the version of millrace that wrote it");
}

// Copies the tensors prefix + name of all parameters to `flat`, one after the other.
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

// The values of a tensor that only some runs have; empty if there is none.
std::vector<float> optional_values(const TensorFile& file, const std::string& name) {
  const NamedTensor* const found = find_tensor(file, name);
  return found == nullptr ? std::vector<float>() : values_of<float>(*found);
}

// Sets weights and preparation. `model_tensors`: as in TrainingState.
void read_model_of(const TensorFile& file, const std::string& path, Model::State& state,
                   const std::string& model_tensors) {
  const NamedTensor *const mean = find_tensor(file, "preparation/mean"), *const scale =
                                                                             find_tensor(file, "preparation/scale");
  if (mean != nullptr && scale != nullptr) state.preparation = {values_of<float>(*mean), values_of<float>(*scale), {}};
  for (const std::vector<float>& part : {state.preparation.mean, state.preparation.scale}) {
    if (!part.empty() && std::ssize(part) != state.card.feature_columns)
      fail(ErrorKind::data, path,
           "the preparation has " + counted(part.size(), "column") + ", expected the " +
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
    // Only trained parameters have averages.
    if (!parameter.spec.trainable && model_tensors == buffer_tensors(Updater::averages_name)) continue;
    store.set_values(p, std::span(flat).subspan(static_cast<std::size_t>(parameter.offset),
                                                static_cast<std::size_t>(parameter.size)));
  }
}

}  // namespace

TensorFile open_checkpoint(const std::string& path) {
  TensorFile file = read_tensor_file(path);
  require_known_format(file, path);
  return file;
}

ModelCard card_of(const TensorFile& file, const std::string& name) {
  const auto model = file.metadata.find("model");
  if (model == file.metadata.end())
    fail(ErrorKind::data, name, "no description of the model in the metadata, expected the key 'model'");
  std::int64_t numbers = 0;
  for (const NamedTensor& tensor : file.tensors) numbers += element_count(tensor.shape);
  return card_from_json(model->second, name, columns_for(numbers));
}

void read_run_state(const TensorFile& file, const std::string& path, Model::State& state, bool other_optimizer) {
  with_run(file, path, [&](const json& run) {
    read_model_of(file, path, state, "");
    TrainingState& at = state.trainer->state();
    at = state_of(file, run);
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
    state.trainer->compiled().updater.accumulated() = whole_count(run.at("accumulated"));
  });
  ParameterStore& store = *state.store;
  std::vector<float> flat(static_cast<std::size_t>(state.network->weight_count()));
  for (int buffer = 0; buffer < std::ssize(store.buffer_names()); ++buffer) {
    const std::string prefix = buffer_tensors(store.buffer_names()[static_cast<std::size_t>(buffer)]);
    if (other_optimizer && std::none_of(file.tensors.begin(), file.tensors.end(),
                                        [&](const NamedTensor& tensor) { return tensor.name.starts_with(prefix); }))
      continue;
    read_parameters(file, path, prefix, *state.network, flat);
    store.load(buffer, flat);
  }
}

namespace {

// What the run of a file has otherwise than the one that goes on from it.
struct Differences {
  std::vector<RunChange> changes;
  std::string kernels, kernels_record;  // "isa (avx2 in the checkpoint, avx512 now)", "... before, ... from then on"
};

// The differences that the user has allowed. Throws Error{usage} for others.
Differences allowed_differences(const std::string& path, const json& then, const json& now, const FitOptions& options) {
  Differences found{.changes = run_changes(then, now),
                    .kernels = kernel_difference(then, now),
                    .kernels_record = kernel_difference(then, now, "before", "from then on")};
  const bool lost_start = then.contains(identity_key::start) && !now.contains(identity_key::start);
  for (const RunChange& change : found.changes) {
    if (change.meaning == nullptr)
      fail(ErrorKind::usage, "resume",
           path + " belongs to another run: " + change.difference +
               " differs, expected the same: start a new run without --resume (resume)" +
               (lost_start ? ", or begin as that run did, which had weights to start from (--init)" : ""));
    if (!options.change)
      fail(ErrorKind::usage, "resume",
           path + " belongs to another run: " + change.difference +
               " differs, expected the same; --change (change) goes on: " + change.meaning->text);
  }
  if (!found.kernels.empty() && !options.allow_other_bits) {
    fail(ErrorKind::usage, "resume",
         path + " was computed with other kernels: " + found.kernels +
             "; expected the same, which give the same bits; --allow-other-bits (allow_other_bits) goes on");
  }
  return found;
}

// Whether the run had stopped, as by early stopping, and goes on because its options may change.
bool goes_past_its_end(const TrainingState& at, const FitOptions& options) {
  return options.change && !at.stopped.empty() && options.epochs > at.epoch;
}

// Everything that a run in one go with the last options would not do.
void record_differences(const Differences& found, TrainingState& at, const FitOptions& options) {
  const auto record = [&](const std::string& text) { at.changes.push_back(place_in_run(at) + ": " + text); };
  for (const RunChange& change : found.changes) record(change.record);
  if (!found.kernels_record.empty()) record(found.kernels_record);
  if (goes_past_its_end(at, options)) record("the run goes on, which had stopped " + at.stopped);
}

void note_differences(const Differences& found, const std::string& path, const TrainingState& at,
                      const FitOptions& options) {
  if (!options.on_note) return;
  for (const RunChange& change : found.changes)
    options.on_note("this run goes on with another value than " + path + " had: " + change.difference + ": " +
                    change.meaning->text);
  if (!found.kernels.empty())
    options.on_note("this run goes on with other kernels than " + path + " had: " + found.kernels +
                    ": the last bits of its next steps differ from those of a run in one go");
  if (goes_past_its_end(at, options))
    options.on_note("this run had stopped " + at.stopped + ", and goes on, because its options may change");
}

// What the run remembers of itself belongs to the old options.
void apply_changes(const std::vector<RunChange>& changes, TrainingState& at, const FitOptions& options) {
  if (!options.change) return;
  at.stopped.clear();
  at.model_tensors.clear();
  const auto any = [&](bool ChangeMeaning::*effect) {
    return std::ranges::any_of(changes, [&](const RunChange& change) { return change.meaning->*effect; });
  };
  if (any(&ChangeMeaning::forgets_rate)) at.learning_rate.reset();
  if (any(&ChangeMeaning::forgets_curvature)) at.curvature_pairs = 0;
  if (any(&ChangeMeaning::restarts_epoch)) {
    at.step = 0;
    at.loss_sum = at.loss_weight = 0;
    at.metric_sums.clear();
    at.kept = {};
  }
}

void resume_from(const std::string& path, Model::State& state, const std::string& identity, const FitOptions& options) {
  const TensorFile file = open_checkpoint(path);
  const Differences found = with_run(file, path, [&](const json& run) {
    if (!run.contains("identity"))
      fail(ErrorKind::usage, "resume", path + " holds a model without its run, expected the checkpoint of a run");
    return allowed_differences(path, run.at("identity"), json::parse(identity), options);
  });
  read_run_state(file, path, state, options.change);
  TrainingState& at = state.trainer->state();
  record_differences(found, at, options);
  note_differences(found, path, at, options);
  apply_changes(found.changes, at, options);
}

}  // namespace

bool resume_checkpoint(const std::string& path, Model::State& state, const std::string& identity,
                       const FitOptions& options) {
  const std::vector<std::string> files = existing_checkpoints(path);
  for (std::size_t i = 0; i < files.size(); ++i) {
    try {
      resume_from(files[i], state, identity, options);
      return true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data || i + 1 == files.size()) throw;
      if (options.on_note) options.on_note(std::string("a damaged checkpoint is skipped: ") + error.what());
    }
  }
  return false;
}

int read_optimizer_state(const std::string& path, Model::State& state) {
  const TensorFile file = open_checkpoint(path);
  const auto tensors = by_name(file);
  ParameterStore& store = *state.store;
  std::vector<float> flat(static_cast<std::size_t>(state.network->weight_count()));
  int fitting = 0;
  for (int buffer = 0; buffer < std::ssize(store.buffer_names()); ++buffer) {
    const std::string prefix = buffer_tensors(store.buffer_names()[static_cast<std::size_t>(buffer)]);
    store.save(buffer, flat);
    for (const NetworkParameter& parameter : state.network->parameters()) {
      const auto at = tensors.find(prefix + parameter.name);
      if (at == tensors.end() || at->second->shape != parameter.spec.shape) continue;
      copy_values(*at->second, std::span(flat).subspan(static_cast<std::size_t>(parameter.offset),
                                                       static_cast<std::size_t>(parameter.size)));
      fitting += buffer == 0 ? 1 : 0;
    }
    store.load(buffer, flat);
  }
  const TrainingState then = with_run(file, path, [&](const json& run) { return state_of(file, run); });
  TrainingState& now = state.trainer->state();
  if (fitting > 0) {
    now.iteration = then.iteration;
    now.steps = then.steps;
  }
  return fitting;
}

RecordedRun read_checkpoint(const TensorFile& file, const std::string& name, Model::State& state) {
  require_known_format(file, name);
  state.card = card_of(file, name);
  std::size_t bytes = 0;
  for (const NamedTensor& tensor : file.tensors) bytes += tensor.bytes.size();
  state.use(network_of_file(name, state.card, static_cast<std::int64_t>(bytes / sizeof(float))));
  RecordedRun run = read_recorded_run(file, name);
  read_model_of(file, name, state, run.state.model_tensors);
  return run;
}

void read_checkpoint(const std::string& path, Model::State& state) {
  read_checkpoint(read_tensor_file(path), path, state);
}

RecordedRun read_recorded_run(const TensorFile& file, const std::string& name) {
  return with_run(file, name, [&](const json& run) {
    RecordedRun recorded{state_of(file, run), {}};
    if (run.contains("identity")) recorded.origin.identity = run.at("identity").dump();
    if (run.contains("about")) run.at("about").get_to(recorded.origin.about);
    return recorded;
  });
}

}  // namespace millrace
