// SPDX-License-Identifier: Apache-2.0
//
// Model::fit: chooses training and validation rows, checks them, and runs the training with its files.
#include <algorithm>
#include <optional>

#include "base/buffer.hpp"
#include "base/fail.hpp"
#include "millrace/error.hpp"
#include "millrace/split.hpp"
#include "model/files/agreement.hpp"
#include "model/files/checkpoint.hpp"
#include "model/files/checkpoint_files.hpp"
#include "model/files/identity.hpp"
#include "model/files/resume_check.hpp"
#include "model/fit_host.hpp"
#include "model/state_before.hpp"
#include "run/schedule.hpp"
#include "step/loss_inputs.hpp"
#include "step/precision.hpp"
#include "step/ranks.hpp"
#include "table/checks.hpp"
#include "table/class_weights.hpp"

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
// classes: as many as the outputs tell apart; 0: the loss takes numbers.
FitOptions with_class_weight(FitOptions options, const Dataset& training, std::int64_t classes) {
  if (classes > 0 && std::ssize(options.class_weight) > classes)
    fail(ErrorKind::usage, "class_weight",
         "weights for " + std::to_string(options.class_weight.size()) + " classes, and the model tells " +
             std::to_string(classes) + " apart, expected one for each");
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

// A warm-up that counts epochs, or steps of a whole epoch each, keeps its first rate for the whole first epoch.
void note_idle_epoch(const Trainer& trainer, std::int64_t rows, const FitOptions& options) {
  const CompiledNetwork& compiled = trainer.compiled();
  const TrainingState& at = trainer.state();
  const PaceOptions& pace = compiled.pace;
  const bool first = schedule_count(pace, at, at.steps) == 0 && !at.learning_rate && !compiled.lbfgs;
  if (pace.warmup == 0 || pace.warmup_start > 0 || !first) return;
  if (!pace.by_epoch && options.batch_size < rows) return;
  options.on_note(
      "the warm-up begins with a learning rate of 0 and keeps it for the whole first epoch, so nothing is learned in "
      "it; to start from a tenth of the rate: --schedule.warmup-start 0.1");
}

// What can be refused without a look at the network and the rows.
void check_call(const ModelCard& card, const Dataset& data, const FitOptions& options) {
  if (!card.compiled.has_loss())
    fail(ErrorKind::usage, "fit", "the model has no loss, expected compile({.loss = ...}) first");
  if (!card.compiled.outputs.empty() && (options.balanced || !options.class_weight.empty()))
    fail(ErrorKind::usage, "fit", "class weights for a model with several outputs, expected one target of classes");
  if (options.validation != nullptr && options.validation_split > 0)
    fail(ErrorKind::usage, "fit", "both validation and validation_split are given, expected one of them");
  check_options(options);
  check_extents(data, "fit");
}

struct FitRows {
  Dataset training;
  std::optional<Dataset> validation;
};

FitRows chosen_rows(const Dataset& data, const FitOptions& options) {
  FitRows rows{with_sample_weight(data, options.sample_weight), {}};
  if (options.validation_split != 0) {
    Split split = split_last(rows.training, options.validation_split);
    return {std::move(split.train), std::move(split.validation)};
  }
  if (options.validation != nullptr) rows.validation = *options.validation;
  return rows;
}

// Before the preparation, so that messages quote the numbers of the file.
void check_rows(const Model::State& state, const FitRows& rows, const Dataset& data, const Objective& objective) {
  state.check_rows(rows.training, objective, "fit");
  if (!rows.validation) return;
  state.check_rows(*rows.validation, objective, "validation");
  check_same_names(rows.validation->feature_names, data.feature_names, "column", "validation");
  check_same_names(rows.validation->classes, data.classes, "class", "validation");
}

void take_names(ModelCard& card, const Dataset& data) {
  if (!data.feature_names.empty()) card.feature_names = data.feature_names;
  if (!data.target_names.empty()) card.target_names = data.target_names;
  if (!data.classes.empty()) card.classes = data.classes;
}

// The optimizer goes on from the position of the run before.
void begin_run(TrainingState& state, const TrainingState& before) {
  state = TrainingState{.iteration = before.iteration,
                        .steps = before.steps,
                        .earlier_epochs = before.earlier_epochs + before.epoch,
                        .curvature_pairs = before.curvature_pairs,
                        .learning_rate = before.learning_rate};
}

// Goes on from the checkpoint. Returns false if there is none.
bool resume(Model::State& state, const std::string& identity, std::int64_t rows, const FitOptions& options) {
  if (!resume_checkpoint(options.checkpoint, state, identity, options)) return false;
  if (!options.change) {
    check_run(options.checkpoint, state.trainer->state(),
              ceil_div(rows, std::clamp<std::int64_t>(options.batch_size, 1, rows)));
  }
  return true;
}

void note_rows(const Model::State& state, const Loss& loss, const Dataset& training, const FitOptions& options) {
  if (!options.on_note) return;
  const char* const targets = state.card.target_scale ? "scaled targets" : "targets";
  for (const std::string& text : target_notes(*state.network, loss, training, targets)) options.on_note(text);
  if (std::min(options.batch_size, training.rows()) == 1) note_normalized_rows(*state.network, options);
  note_idle_epoch(*state.trainer, training.rows(), options);
}

// Rows that members of an ensemble hold out are those of the training: they are prepared once.
std::optional<Dataset> prepared_validation(const Model::State& state, const FitRows& rows, const Dataset& training,
                                           int threads) {
  if (!rows.validation) return {};
  if (!rows.training.folds.empty() && same_set(rows.training, *rows.validation)) return training;
  return state.prepared(*rows.validation, threads);
}

History fit_rows(Model::State& state, const Dataset& data, const FitOptions& asked, StateBefore& before) {
  const bool resumes = asked.resume && !existing_checkpoints(asked.checkpoint).empty();
  if (!state.network) state.build(data.features.columns, data.feature_names, asked.seed);
  if (!resumes) static_cast<void>(state.with_weights("fit"));
  const FitRows rows = chosen_rows(data, asked);
  const std::shared_ptr<const Objective> objective = state.objective("fit");
  Trainer& trainer = state.compiled("fit");
  if (!resumes) check_positive_outputs(*state.network, *objective->training_loss);
  check_rows(state, rows, data, *objective);
  const FitOptions options = with_precision(with_class_weight(asked, rows.training, state.class_count(*objective)),
                                            trainer.compiled(), rows.training.rows());

  take_names(state.card, data);
  begin_run(trainer.state(), before.take_position());
  RunOrigin origin{"", options.about};
  if (!options.checkpoint.empty() || options.cluster != nullptr)
    origin.identity = run_identity(state, rows.training, rows.validation ? &*rows.validation : nullptr, options);
  if (resumes || !options.optimizer_state.empty()) before.keep_numbers();
  const bool resumed = resumes && resume(state, origin.identity, rows.training.rows(), options);
  if (!options.optimizer_state.empty() && !resumed)
    static_cast<void>(read_optimizer_state(options.optimizer_state, state));
  if (options.cluster != nullptr)
    require_agreement(*options.cluster, origin.identity, options, trainer.state().steps, *state.store);

  Dataset training = state.prepared(rows.training, options.threads);
  note_rows(state, *objective->training_loss, training, options);
  const std::optional<Dataset> validation = prepared_validation(state, rows, training, options.threads);
  FitHost host(state, options, std::move(origin), training, resumed, before);
  return trainer.fit(training, validation ? &*validation : nullptr, options, host);
}

History fit_model(Model::State& state, const Dataset& data, const FitOptions& options) {
  const Gate::Writing writing(state.gate, "fit");
  check_call(state.card, data, options);
  StateBefore before(state);
  try {
    return fit_rows(state, data, options, before);
  } catch (...) {
    // An error within a step leaves the optimizer's state partly updated, so the next run begins with a new optimizer.
    if (state.trainer && state.trainer->broken()) {
      state.weights_are_lost = !options.checkpoint.empty();
      state.trainer.reset();
    }
    before.restore();
    throw;
  }
}

}  // namespace

History Model::fit(const Dataset& data, const FitOptions& options) {
  return Ranks(options.cluster).leaving_on_error([&] {
    const std::shared_ptr<State> state = state_.shared();  // a callback may assign another model to this one
    return fit_model(*state, data, options);
  });
}

}  // namespace millrace
