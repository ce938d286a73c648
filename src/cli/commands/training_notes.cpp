// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/training_notes.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "cli/commands/training_files.hpp"
#include "millrace/data_notes.hpp"
#include "millrace/targets.hpp"

namespace millrace::cli {

namespace {

// What to type against a note.
std::string remedy(DataNote::Kind kind, const TrainConfig& config) {
  const bool is_split = config.validation > 0 && config.group.empty() && config.time.empty();
  if ((kind == DataNote::Kind::untrained_class || kind == DataNote::Kind::sorted_by_class) && is_split)
    return "; --split stratified takes a share of every class";
  return "";
}

// Whether all targets are 0 or 1, and both occur.
bool are_zero_and_one(const Dataset& training, const Dataset* held) {
  bool has_zero = false, has_one = false, others = false;
  const auto look = [&](const Dataset& data) {
    for (std::int64_t r = 0; r < data.rows(); ++r) {
      const float target = *data.targets.row(data.table_row(r));
      has_zero |= target == 0;
      has_one |= target == 1;
      others |= target != 0 && target != 1;
    }
  };
  look(training);
  if (held != nullptr) look(*held);
  return has_zero && has_one && !others;
}

// What is odd about the rows. A loss of labels takes 0 and 1 without names of classes, which the notes are about.
std::vector<DataNote> notes_about(const Dataset& training, const Dataset* validation, const Model& model,
                                  const std::vector<double>& class_weight) {
  const CompileOptions compiled = model.compiled();
  const bool has_nameless_label = training.classes.empty() && training.targets.rows > 0 &&
                                  training.targets.columns == 1 && compiled.outputs.empty() &&
                                  target_kind(compiled.loss) == TargetKind::labels;
  if (!has_nameless_label || !are_zero_and_one(training, validation))
    return data_notes(training, validation, class_weight);
  const auto named = [](Dataset data) {
    data.classes = {"0", "1"};
    return data;
  };
  const std::optional<Dataset> held = validation == nullptr ? std::nullopt : std::optional(named(*validation));
  return data_notes(named(training), held ? &*held : nullptr, class_weight);
}

// Of a new run with the settings of one that was changed under way.
void add_changes(const TrainConfig& config, const FitOptions& options, std::vector<std::string>& notes) {
  if (goes_on(options)) return;
  for (const std::string& change : config.changes)
    notes.push_back(config.config + " is of a run that was changed under way, " + change +
                    "; this one has the last settings from its first epoch on and does not repeat it");
}

}  // namespace

std::vector<std::string> training_notes(const Settings& settings, const TrainConfig& config, const TrainingRows& rows,
                                        const Split& parts, const Model& model, const FitOptions& options,
                                        const std::string& chosen) {
  std::vector<std::string> notes = settings.notes;
  std::ranges::move(rows.notes(), std::back_inserter(notes));
  // Rows that members hold out are those of the training.
  const Dataset* const held = parts.train.folds.empty() ? options.validation : nullptr;
  for (const DataNote& found : notes_about(parts.train, held, model, options.class_weight))
    notes.push_back(found.text + remedy(found.kind, config));
  add_changes(config, options, notes);
  if (!chosen.empty() && !config.quiet) notes.push_back("chosen: " + chosen);
  return notes;
}

}  // namespace millrace::cli
