// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/training_rows.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/names.hpp"
#include "cli/commands/model_data.hpp"
#include "cli/commands/training_table.hpp"
#include "cli/settings/split_settings.hpp"
#include "millrace/data_notes.hpp"
#include "millrace/targets.hpp"
#include "table/target.hpp"

namespace millrace::cli {

namespace {

constexpr const char* who = "train";

}  // namespace

TrainingRows::TrainingRows(const TrainConfig& config, const Model* start, const InputFiles& files, Cluster* cluster)
    : config_(config), start_(start) {
  target_ = config.target;
  if (config.memory > 0) {
    std::string folder = config.cache.empty() ? config.out : std::filesystem::path(config.cache).parent_path().string();
    // The folder of --out is rank 0's, which a rank on another host may not have, and a dry run makes none.
    const bool may_have_none = config.dry_run || !writes_files(cluster);
    std::error_code code;
    if (may_have_none && !std::filesystem::is_directory(folder, code)) folder.clear();
    storage_.emplace(config.memory, folder);
  }
  if (config.data.is_array()) {
    const LossConfig loss = config.loss.op.empty() && start != nullptr ? start->compiled().loss : config.loss;
    const bool numbers =
        config.task ? *config.task == Task::regression : !loss.op.empty() && target_kind(loss) == TargetKind::numbers;
    array_ = read_training_array(config, numbers);
    if (storage_) {
      storage_->adopt(array_);
      storage_->check_rows(array_.rows());
      return;  // rows in a file are passed over as seldom as possible
    }
    for (const FarValue& far : far_values(array_))
      notes_.push_back(far.text + "; if that stands for a missing value, replace it: arrays have no missing values");
    return;
  }
  TrainingTable read = read_training_table(config, start, files, storage_, cluster);
  table_ = std::move(read.table);
  target_ = std::move(read.target);
  features_ = std::move(read.features);
  column_notes_ = std::move(read.column_notes);
  notes_ = std::move(read.notes);
  complete_ = read.complete;
}

TargetOptions TrainingRows::target() const {
  TargetOptions target{.columns = target_, .task = config_.task, .classes = config_.classes, .loss = config_.loss};
  if (target.loss.op.empty() && start_ != nullptr) target.loss = start_->compiled().loss;
  if (!config_.graph.layers.empty()) target.last = config_.graph.layers.back().layer;
  const auto schema = config_.columns.kinds.find(target_.empty() ? "" : target_[0]);
  if (schema != config_.columns.kinds.end()) target.kind = schema->second;
  return target;
}

TrainingShape TrainingRows::shape() const {
  return table_ ? training_shape(*table_, features_, target()) : training_shape(array_, target());
}

void TrainingRows::settle_target() {
  if (!table_) return;
  TargetOptions options = target();
  const bool classes = target_kind(options.loss) != TargetKind::numbers;
  if (classes && options.classes.empty() && start_ != nullptr && start_->target_names() == target_)
    options.classes = start_->classes();
  millrace::settle_target(*table_, options);
}

void TrainingRows::settle_output(OutputSetting& output) {
  TargetOptions target{.columns = output.target, .classes = output.classes, .loss = output.loss};
  target.last = layer_of(output, config_.graph.layers.empty() ? start_->graph() : config_.graph);
  const auto schema = config_.columns.kinds.find(output.target[0]);
  if (schema != config_.columns.kinds.end() && output.target.size() == 1) target.kind = schema->second;
  try {
    if (target.loss.op.empty()) target.loss = default_loss(*target.last, training_shape(*table_, features_, target));
    millrace::settle_target(*table_, target);
    for (const std::string& name : output.target)
      if (output.target.size() > 1) make_number(*table_, name);
  } catch (const Error& error) {
    throw Error(error.kind(), "[outputs." + output.name + "] " + error.what());
  }
  output.loss = target.loss;
}

void TrainingRows::settle_outputs(std::vector<OutputSetting>& outputs) {
  if (!table_)
    fail(ErrorKind::usage, who,
         "[outputs.NAME] takes columns by name, but those of " + config_.data.name() +
             " have no names, expected a .csv or .tsv file");
  for (OutputSetting& output : outputs)
    if (!output.target.empty()) settle_output(output);
}

std::vector<std::vector<std::string>> TrainingRows::target_classes() const {
  std::vector<std::vector<std::string>> classes;
  bool any = false;
  for (const std::string& name : target_) {
    classes.push_back(table_->column(name).levels);
    any = any || !classes.back().empty();
  }
  return any ? classes : std::vector<std::vector<std::string>>();
}

bool TrainingRows::is_matrix() const {
  if (start_ != nullptr && config_.graph.layers.empty()) return start_->table_columns().empty();
  const std::string& scale = config_.columns.all.scale;
  if ((scale != "standard" && scale != "none") || !complete_) return false;
  return std::all_of(features_.begin(), features_.end(), [&](const std::string& name) {
    const TableColumn& column = table_->column(name);
    return column.kind == ColumnKind::number && !config_.columns.columns.contains(name);
  });
}

// Calls cut(rows, options) with the table, or with the data set that knows its features and targets only.
template <class Cut>
auto TrainingRows::cut_rows(const Cut& cut) const {
  const SplitOptions options = split_options(config_);
  if (!table_) return cut(array_, options);
  if (options.way == SplitWay::group || options.way == SplitWay::time) return cut(*table_, options);
  return cut(as_matrix(*table_, {{target_[0]}, target_, ""}), options);
}

RowSplit TrainingRows::split_rows() const {
  return cut_rows([](const auto& rows, const SplitOptions& options) { return millrace::split_rows(rows, options); });
}

std::vector<std::uint8_t> TrainingRows::folds(const Model& model) const {
  if (!config_.folds) return {};
  const std::int64_t members = member_count(model.graph());
  if (members == 1)
    fail(ErrorKind::usage, who,
         "--validation folds holds out a part of the rows for each member of an ensemble, and the model is a single "
         "network, expected --members N too, or --validation FRACTION");
  return cut_rows([&](const auto& rows, const SplitOptions& options) { return fold_rows(rows, options, members); });
}

Dataset TrainingRows::prepare_table(Model& model, const Model* earlier) {
  const bool scale = config_.columns.all.scale != "none";
  // A run that began with a prepared table goes on with one, even if no cell is missing now.
  if (is_matrix() && (earlier == nullptr || earlier->table_columns().empty())) {
    Dataset data = as_matrix(*table_, {features_, target_, config_.sample_weight});
    if (!config_.scale_given && start_ != nullptr)
      model.copy_preparation(*start_);
    else if (scale)
      model.standardize(select_rows(data, rows_.train));
    return data;
  }
  if (start_ == nullptr || !config_.graph.layers.empty()) {
    const PrepareOptions options{.target = target_,
                                 .weight = config_.sample_weight,
                                 .all = config_.columns.all,
                                 .columns = config_.columns.columns,
                                 .threads = config_.fit.threads};
    const std::vector<ColumnNote> notes = model.prepare(*table_, options, rows_.train, earlier);
    std::set<std::string_view> left_out;
    for (const ColumnNote& note : notes) {
      if (note.left_out) left_out.insert(note.column);
    }
    // That a column is left out says all.
    std::erase_if(column_notes_, [&](const ColumnNote& known) { return left_out.contains(known.column); });
    std::ranges::copy(notes, std::back_inserter(column_notes_));
  }
  // A model that goes on may know another column of row weights, or none.
  return model.prepared(*table_, {.weight = config_.sample_weight}, config_.fit.threads);
}

std::vector<std::string> TrainingRows::notes() const {
  std::vector<std::string> found = sentences(column_notes_);
  std::ranges::copy(notes_, std::back_inserter(found));
  return found;
}

Dataset TrainingRows::prepare(Model& model, const Model* earlier) {
  rows_ = split_rows();
  folds_ = folds(model);
  Dataset data = array_;
  if (table_) {
    for (TableColumn& column : table_->columns) {
      if ((column.name == config_.group || column.name == config_.time) && !contains(features_, column.name))
        column.kind = ColumnKind::ignored;
    }
    data = prepare_table(model, earlier);
  } else if (!config_.scale_given && start_ != nullptr) {
    model.copy_preparation(*start_);
  } else if (config_.scale_given && config_.columns.all.scale != "none") {
    model.standardize(select_rows(data, rows_.train));
  }
  model.build(data, config_.fit.seed);
  return data;
}

Split TrainingRows::split(Dataset data, const Model& model) {
  const std::vector<std::string> classes = data.classes;
  fit_targets(data, model);
  if (!config_.validation_file.empty()) {
    const InputFiles files(config_.validation_data, {});
    Dataset held = table_ ? read_validation(model, classes) : read_validation_array(config_, array_);
    files.require_unchanged(who);
    fit_targets(held, model);
    return {data, held};
  }
  if (!folds_.empty()) {
    data.folds = folds_;
    return {data, data};
  }
  if (rows_.validation.empty()) return {data, {}};
  return {select_rows(data, rows_.train), select_rows(data, rows_.validation)};
}

// The rows of --validation FILE, with the target under the name that the model knows.
Table TrainingRows::read_held_table(const Model& model) {
  TableOptions options = model.table_options();
  options.format = config_.data.format;
  options.threads = config_.fit.threads;
  // Row weights are those of --sample-weight only, not those of the training of a model that goes on.
  std::set<std::string> taken(target_.begin(), target_.end());
  for (const TableColumn& column : model.table_columns()) taken.insert(column.name);
  std::erase_if(options.kinds, [&](const auto& entry) { return !taken.contains(entry.first); });
  if (!config_.sample_weight.empty()) {
    taken.insert(config_.sample_weight);
    options.kinds[config_.sample_weight] = ColumnKind::number;
  }
  // In the file it has the name of --target: take_name_of_target().
  const std::vector<std::string>& names = config_.target.size() == target_.size() ? config_.target : target_;
  std::map<std::string, ColumnKind> kinds;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto known = options.kinds.extract(target_[i]);
    if (!known.empty()) kinds[names[i]] = known.mapped();
  }
  options.kinds.insert(kinds.begin(), kinds.end());
  std::map<std::string, std::vector<std::string>> classes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto known = options.classes.extract(target_[i]);
    if (!known.empty()) classes[names[i]] = known.mapped();
  }
  options.classes = std::move(classes);
  if (!options.target.empty()) options.target = names[0];
  options.storage = storage_;
  Table held = read_table(config_.validation_file, options);
  if (const std::int64_t missing = keep_rows_with(held, names, who); missing > 0)
    notes_.push_back(config_.validation_file + ": " + rows_without_target(missing));
  rename_targets(held, names, target_);
  for (TableColumn& column : held.columns)
    if (!taken.contains(column.name)) column.kind = ColumnKind::ignored;
  return held;
}

Dataset TrainingRows::read_validation(const Model& model, const std::vector<std::string>& classes) {
  if (model.table_columns().empty() && !model.target_classes().empty())
    return read_named_classes(model, {.who = who,
                                      .paths = {config_.validation_file},
                                      .features = features_,
                                      .target = target_,
                                      .weight = config_.sample_weight,
                                      .format = config_.data.format,
                                      .threads = config_.fit.threads});
  if (!model.table_columns().empty()) {
    Table held = read_held_table(model);
    Dataset data = model.prepared(held, {.weight = config_.sample_weight}, config_.fit.threads);
    if (config_.report) held_table_ = std::move(held);
    return data;
  }
  return read_csv(config_.validation_file, {.target = target_,
                                            .features = features_,
                                            .classes = classes,
                                            .weight = config_.sample_weight,
                                            .format = config_.data.format,
                                            .skip_missing_targets = true,
                                            .expect_numbers = classes.empty(),
                                            .check_precision = false,
                                            .threads = config_.fit.threads});
}

}  // namespace millrace::cli
