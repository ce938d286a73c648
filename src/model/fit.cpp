// SPDX-License-Identifier: Apache-2.0
//
// Model::fit: chooses training and validation rows, checks them, and runs the training with its files.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/atomic_file.hpp"
#include "base/buffer.hpp"
#include "base/fail.hpp"
#include "millrace/error.hpp"
#include "millrace/split.hpp"
#include "model/files/agreement.hpp"
#include "model/files/checkpoint.hpp"
#include "model/files/checkpoint_files.hpp"
#include "model/files/failure.hpp"
#include "model/files/identity.hpp"
#include "model/files/resume_check.hpp"
#include "model/state.hpp"
#include "prepare/hidden_categories.hpp"
#include "step/loss_inputs.hpp"
#include "step/precision.hpp"
#include "table/checks.hpp"
#include "table/class_weights.hpp"
#include "threads/background_job.hpp"

namespace millrace {

namespace {

// The data with sample_weight, which has one weight for each row of the data; the data may be a selection of a table.
Dataset with_sample_weight(const Dataset& data, const std::vector<float>& weights) {
  if (weights.empty()) return data;
  if (!data.weights.empty())
    fail(ErrorKind::usage, "fit", "both the data and sample_weight have row weights, expected one of them");
  if (std::ssize(weights) != data.rows()) {
    fail(ErrorKind::usage, "fit",
         std::to_string(weights.size()) + " sample weights for " + std::to_string(data.rows()) +
             " rows, expected one for each row");
  }
  Dataset weighted = data;
  weighted.weights.resize(data.features.rows);
  for (std::int64_t r = 0; r < data.rows(); ++r) weighted.weights[data.table_row(r)] = weights[r];
  return weighted;
}

bool same_set(const Dataset& a, const Dataset& b) {
  return a.features.data == b.features.data && a.targets.data == b.targets.data && a.selection == b.selection &&
         a.weights == b.weights && a.folds == b.folds;
}

// Replaces "balanced" by numbers, which resuming can compare.
FitOptions with_class_weight(FitOptions options, const Dataset& training) {
  if (!options.balanced) return options;
  if (!options.class_weight.empty())
    fail(ErrorKind::usage, "fit", "both class_weight and balanced are given, expected one of them");
  options.class_weight = balanced_class_weight(training);
  return options;
}

// Replaces "auto" by what it means here, and tells the user.
FitOptions with_precision(FitOptions options, const CompiledNetwork& compiled, std::int64_t rows) {
  const PrecisionChoice choice = choose_precision(options.precision, compiled.network,
                                                  std::min(options.batch_size, rows), compiled.lbfgs != nullptr);
  options.precision = name_of(choice.precision);
  if (!choice.note.empty() && options.on_note) options.on_note(choice.note);
  return options;
}

// A batch of one number is its own mean, so what follows a batch normalisation sees nothing of the row.
void note_normalized_rows(const Network& network, const FitOptions& options) {
  for (const NetworkNode& node : network.nodes()) {
    if (node.config.op != BatchNormalization::op || !node.trainable || node.output.size() != 1) continue;
    if (std::get<bool>(node.config.options.at("unbiased"))) continue;  // refuses a single row
    options.on_note(
        "layer " + node.name +
        ": batch normalisation of one row subtracts the row itself, so nothing is learned from it; larger batches: "
        "--batch 32");
    return;
  }
}

History fit_model(Model::State& state, const Dataset& data, const FitOptions& asked) {
  const Gate::Writing writing(state.gate, "fit");
  if (!state.card.compiled.has_loss())
    fail(ErrorKind::usage, "fit", "the model has no loss, expected compile({.loss = ...}) first");
  if (!state.card.compiled.outputs.empty() && (asked.balanced || !asked.class_weight.empty()))
    fail(ErrorKind::usage, "fit", "class weights for a model with several outputs, expected one target of classes");
  if (asked.validation != nullptr && asked.validation_split > 0)
    fail(ErrorKind::usage, "fit", "both validation and validation_split are given, expected one of them");
  check_extents(data, "fit");
  if (!state.network) state.build(data.features.columns, data.feature_names, asked.seed);
  if (!asked.resume) static_cast<void>(state.with_weights("fit"));

  Split split{with_sample_weight(data, asked.sample_weight), {}};
  if (asked.validation_split != 0)
    split = split_last(split.train, asked.validation_split);
  else if (asked.validation != nullptr)
    split.validation = *asked.validation;
  const bool validates = asked.validation_split != 0 || asked.validation != nullptr;

  const std::shared_ptr<const Objective> objective = state.objective("fit");
  Trainer& trainer = state.compiled("fit");
  const bool resumes = asked.resume && !existing_checkpoints(asked.checkpoint).empty();
  if (!resumes) check_positive_outputs(*state.network, *objective->training_loss);
  // Check before the preparation, so that messages quote the numbers of the file.
  state.check_rows(split.train, *objective, "fit");
  if (validates) {
    state.check_rows(split.validation, *objective, "validation");
    check_same_names(split.validation.feature_names, data.feature_names, "column", "validation");
    check_same_names(split.validation.classes, data.classes, "class", "validation");
  }
  const FitOptions options =
      with_precision(with_class_weight(asked, split.train), trainer.compiled(), split.train.rows());

  if (!data.feature_names.empty()) state.card.feature_names = data.feature_names;
  if (!data.target_names.empty()) state.card.target_names = data.target_names;
  if (!data.classes.empty()) state.card.classes = data.classes;
  const TrainingState& before = trainer.state();
  trainer.state() = TrainingState{.iteration = before.iteration,
                                  .steps = before.steps,
                                  .earlier_epochs = before.earlier_epochs + before.epoch,
                                  .curvature_pairs = before.curvature_pairs,
                                  .learning_rate = before.learning_rate};
  RunOrigin origin{"", options.about};
  const bool writes = options.cluster == nullptr || options.cluster->rank() == 0;  // files
  bool saved = false;  // whether the checkpoint is of this run
  if (!options.checkpoint.empty() || options.cluster != nullptr)
    origin.identity = run_identity(state, split.train, validates ? &split.validation : nullptr, options);
  if (!options.checkpoint.empty()) {
    if (resumes) saved = resume_checkpoint(options.checkpoint, state, origin.identity, options);
    if (saved && !options.change) {
      const std::int64_t rows = split.train.rows();
      check_run(options.checkpoint, trainer.state(),
                ceil_div(rows, std::clamp<std::int64_t>(options.batch_size, 1, rows)));
    }
  }
  if (!options.optimizer_state.empty() && !saved)
    static_cast<void>(read_optimizer_state(options.optimizer_state, state));
  if (options.cluster != nullptr)
    require_agreement(*options.cluster, origin.identity, options, trainer.state().steps, *state.store);
  Dataset training = state.prepared(split.train, options.threads);
  if (options.on_note) {
    const char* const targets = state.card.target_scale ? "scaled targets" : "targets";
    for (const std::string& text : target_notes(*state.network, *objective->training_loss, training, targets))
      options.on_note(text);
    if (std::min(options.batch_size, training.rows()) == 1) note_normalized_rows(*state.network, options);
  }
  // Rows that members of an ensemble hold out are those of the training: they are prepared once.
  const bool same_rows = validates && !split.train.folds.empty() && same_set(split.train, split.validation);
  const Dataset validation = same_rows   ? training
                             : validates ? state.prepared(split.validation, options.threads)
                                         : Dataset{};
  BackgroundJob writing_file;
  const auto rows_done = [&] { return std::min(trainer.state().step * options.batch_size, training.rows()); };
  const FileWriters files{
      .save_checkpoint =
          [&] {
            if (options.checkpoint.empty() || !writes) return;
            writing_file.finish();
            age_checkpoints(options.checkpoint, options.keep_checkpoints);
            write_run(options.checkpoint, state, origin, rows_done());
            saved = true;
          },
      .begin_checkpoint =
          [&] {
            if (!writes) return;
            const std::string& path = options.checkpoint;
            const auto bytes =
                std::make_shared<const std::vector<std::byte>>(bytes_of_run(path, state, origin, rows_done()));
            writing_file.start([path, bytes, keep = options.keep_checkpoints] {
              age_checkpoints(path, keep);
              write_file_atomically(path, {*bytes});
            });
            saved = true;
          },
      .is_writing = [&] { return writing_file.running(); },
      .load_checkpoint =
          [&] {
            writing_file.finish();
            if (saved) read_run_state(read_tensor_file(options.checkpoint), options.checkpoint, state, false);
            return saved;
          },
      .write_model =
          [&](const std::string& path, std::span<const float> weights, std::int64_t epochs) {
            if (writes) save_model(path, state, weights, epochs);
          },
      .write_failure =
          [&](const FailedStep& step) {
            if (!options.failure.empty()) write_failure(options.failure, state, origin, options, step, data.source);
            return options.failure;
          }};
  std::optional<HiddenCategories> hidden;
  EpochHooks hooks;
  if (state.card.table) {
    hidden.emplace(*state.card.table, training, state.inputs.columns, options.seed, options.threads);
    hooks = {[&](std::uint64_t epoch) { hidden->begin_epoch(epoch); }, [&] { hidden->end_epoch(); }};
  }
  // An error within a step leaves the optimizer's state partly updated, so the next run begins with a new optimizer.
  struct ForgetBroken {
    Model::State& state;
    bool checkpoint;
    ~ForgetBroken() {
      if (!state.trainer->broken()) return;
      state.weights_are_lost = checkpoint;
      state.trainer.reset();
    }
  } forget{state, !options.checkpoint.empty()};
  return trainer.fit(training, validates ? &validation : nullptr, options, files, hooks);
}

}  // namespace

// The other processes of a cluster would wait for one that has thrown.
History Model::fit(const Dataset& data, const FitOptions& asked) {
  if (asked.cluster == nullptr) return fit_model(*state_, data, asked);
  try {
    return fit_model(*state_, data, asked);
  } catch (const Error& error) {
    asked.cluster->leave(error);
    throw;
  } catch (const std::exception& error) {
    asked.cluster->leave(Error(ErrorKind::environment, std::string("[fit] ") + error.what()));
    throw;
  }
}

}  // namespace millrace
