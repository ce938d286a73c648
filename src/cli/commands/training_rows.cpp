// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/training_rows.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "cli/settings/split_settings.hpp"
#include "cli/signals.hpp"
#include "millrace/table_cache.hpp"
#include "millrace/targets.hpp"
#include "millrace/unread_cells.hpp"
#include "table/target.hpp"

namespace millrace::cli {

namespace {

constexpr const char* who = "train";

constexpr std::int64_t most_unasked_classes = 20;  // more texts in a target with obstacles are hardly classes
constexpr double least_numeric = 1 - most_stray;   // share of cells that makes a column one of numbers with slips

// The share of a category's cells that are numbers.
double numeric_share(const Table& table, const TableColumn& column) {
  std::vector<bool> numeric;
  for (const std::string& level : column.levels) numeric.push_back(parse_number(level).has_value());
  std::int64_t cells = 0, numbers = 0;
  for (std::int64_t r = 0; r < table.rows; ++r) {
    const float level = table.values.row(r)[column.place];
    if (std::isnan(level)) continue;
    ++cells;
    numbers += numeric[static_cast<std::int64_t>(level)] ? 1 : 0;
  }
  return cells == 0 ? 0 : static_cast<double>(numbers) / static_cast<double>(cells);
}

}  // namespace

TrainingRows::TrainingRows(const TrainConfig& config, const Model* start, const InputFiles& files)
    : config_(config), start_(start) {
  target_ = config.target;
  if (config.memory > 0) {
    const std::string folder = std::filesystem::path(config.cache).parent_path().string();
    storage_.emplace(config.memory, config.cache.empty() ? config.out : folder);
  }
  if (config.data.is_array()) {
    const LossConfig loss = config.loss.op.empty() && start != nullptr ? start->compiled().loss : config.loss;
    const bool numbers =
        config.task ? *config.task == Task::regression : !loss.op.empty() && target_kind(loss) == TargetKind::numbers;
    array_ = read_training_array(config, numbers);
    if (storage_) {
      storage_->adopt(array_);
      storage_->check_rows(array_.rows());
    }
    return;
  }
  if (target_.empty() && start != nullptr) target_ = start->target_names();
  if (target_.empty() && !config.columns.label.empty()) target_ = {config.columns.label};
  if (target_.empty()) fail(ErrorKind::usage, who, "no --target, expected the name of the column to predict");
  if (!config.columns.label.empty() && config.columns.label != target_[0])
    fail(ErrorKind::usage, who,
         "the schema gives " + excerpt(config.columns.label) + " the kind label, and --target is " +
             excerpt(target_[0]) + ", expected the kind for the target only");
  read_table(files);
  choose_features();
  check_obstacles();
  leave_out_rows_without_target();
  take_name_of_target();
}

void TrainingRows::read_table(const InputFiles& files) {
  TableOptions options{.target = target_.size() == 1 ? target_[0] : "",
                       .ignore = {},
                       .kinds = config_.columns.kinds,
                       .format = config_.data.format,
                       .threads = config_.threads};
  for (const std::string& name : config_.ignore) {
    if (name != config_.group && name != config_.time) options.ignore.push_back(name);
  }
  if (start_ != nullptr) {
    const std::vector<TableColumn> columns = start_->table_columns();
    for (const TableColumn& column : columns) options.kinds.emplace(column.name, column.kind);
    if (!columns.empty()) options.date_orders = start_->table_options().date_orders;
    const bool numbers = columns.empty() && config_.graph.layers.empty();
    for (const std::string& name : start_->feature_names()) {
      if (numbers) options.kinds[name] = ColumnKind::number;
    }
  }
  // settle_target() decides about a single target.
  for (const std::string& name : target_) {
    options.kinds.erase(name);
    if (target_.size() > 1 && config_.outputs.empty()) options.kinds[name] = ColumnKind::number;
  }
  if (!config_.sample_weight.empty()) options.kinds[config_.sample_weight] = ColumnKind::number;
  convert(options, files);
  if (storage_) storage_->check_rows(table_->rows);
  for (const auto& [name, unused] : config_.columns.columns) static_cast<void>(table_->column(name));
}

Table TrainingRows::read(const std::vector<std::string>& paths, const TableOptions& options) const {
  return storage_ ? millrace::read_table(paths, options, *storage_) : millrace::read_table(paths, options);
}

// From the cache if there is one, else from the text, and into the cache.
void TrainingRows::convert(const TableOptions& options, const InputFiles& files) {
  const CacheKey key{config_.data.paths, options};
  if (!config_.cache.empty()) {
    if (std::optional<CachedTable> cached = read_table_cache(config_.cache, key, storage_)) {
      table_ = std::move(cached->table);
      notes_ = std::move(cached->notes);
      return;
    }
  }
  table_ = read(config_.data.paths, options);
  read_stray_cells(options);
  if (config_.cache.empty()) return;
  files.require_unchanged(who);
  const FileInWriting cache;
  write_table_cache(config_.cache, key, {*table_, notes_});
}

// Columns of numbers with a few other cells, such as slips, are read again as numbers; those cells are missing.
void TrainingRows::read_stray_cells(TableOptions options) {
  const TextFormat& format = options.format;
  if (format.decimal != '.' || format.thousands != 0 || format.percent || format.currency) return;
  bool again = false;
  for (const TableColumn& column : table_->columns) {
    if (column.kind != ColumnKind::category || options.kinds.contains(column.name) || contains(target_, column.name) ||
        numeric_share(*table_, column) < least_numeric)
      continue;
    options.kinds[column.name] = ColumnKind::number;
    again = true;
  }
  if (!again) return;
  std::vector<UnreadCell> unread;
  table_ = storage_ ? millrace::read_table(config_.data.paths, options, unread, *storage_)
                    : millrace::read_table(config_.data.paths, options, unread);
  for (std::string& text : stray_cell_notes(unread)) notes_.push_back(std::move(text));
}

// A model of tables finds its target by the name that it has there: an imported one calls it "target".
void TrainingRows::take_name_of_target() {
  if (start_ == nullptr || start_->table_columns().empty() || !config_.graph.layers.empty()) return;
  const std::vector<std::string> names = start_->target_names();
  if (names.size() != target_.size()) return;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto at = std::ranges::find(table_->columns, target_[i], &TableColumn::name);
    if (at != table_->columns.end()) at->name = names[i];
  }
  target_ = names;
}

void TrainingRows::choose_features() {
  features_ = config_.features;
  const auto& inputs = config_.graph.inputs;
  const bool named = std::all_of(inputs.begin(), inputs.end(), [](auto& input) { return !input.columns.empty(); });
  // If every input names its columns, no others are read.
  for (const GraphInput& input : inputs) {
    if (!config_.features.empty() || !named) break;
    for (const std::string& column : input.columns) {
      if (!contains(features_, column)) features_.push_back(column);
    }
  }
  if (features_.empty() && start_ != nullptr) {
    for (const TableColumn& column : start_->table_columns()) features_.push_back(column.name);
    if (features_.empty()) features_ = start_->feature_names();
  }
  std::set<std::string> others(target_.begin(), target_.end());
  others.insert(config_.sample_weight);
  if (features_.empty()) {
    others.insert(config_.group);
    others.insert(config_.ignore.begin(), config_.ignore.end());
    for (const TableColumn& column : table_->columns) {
      if (column.kind != ColumnKind::ignored && !others.contains(column.name)) features_.push_back(column.name);
    }
  }
  for (const std::string& name : features_) {
    if (contains(target_, name) || name == config_.sample_weight)
      fail(ErrorKind::usage, who,
           "column " + excerpt(name) + " is a feature and " +
               (contains(target_, name) ? "the target" : "the row weight") + ", expected different columns");
    if (table_->column(name).kind == ColumnKind::ignored)
      fail(ErrorKind::usage, who,
           "column " + excerpt(name) + " of " + config_.data.name() +
               " is a feature, and cannot be read: it is to be ignored, or another column has its name");
  }
  if (features_.empty())
    fail(ErrorKind::data, who,
         config_.data.name() + " has no column to predict from, expected one or more beside the target");
  for (TableColumn& column : table_->columns) {
    const bool splits = column.name == config_.group || column.name == config_.time;
    if (column.kind == ColumnKind::ignored && !column.obstacles.empty()) {
      const std::string note = "column " + excerpt(column.name) + " is left out: " + column.obstacles[0];
      if (!contains(notes_, note)) notes_.push_back(note);
    }
    if (!splits && !contains(features_, column.name) && !contains(target_, column.name) &&
        column.name != config_.sample_weight)
      column.kind = ColumnKind::ignored;
  }
}

void TrainingRows::check_obstacles() {
  check_target();
  // Rows without a target are counted below, where they are left out.
  const TableColumn& target = table_->column(target_[0]);
  if (target.kind == ColumnKind::label && target.missing == 0) {
    for (const std::string& obstacle : target.obstacles)
      notes_.push_back("column " + excerpt(target.name) + ": " + obstacle);
  }
  std::string fatal;
  std::vector<std::string> names;
  for (const std::string& name : features_) {
    const TableColumn& column = table_->column(name);
    const bool empty = column.missing == table_->rows;
    const bool unreadable = !std::all_of(column.levels.begin(), column.levels.end(), is_utf8);
    for (const std::string& obstacle : column.obstacles) {
      // Numbers that fp32 cannot tell apart, and texts that no model can hold.
      if (unreadable || (column.kind == ColumnKind::number && !empty)) {
        fatal += (fatal.empty() ? "" : "; ") + excerpt(name) + ": " + obstacle;
        if (!contains(names, name)) names.push_back(name);
      } else {
        notes_.push_back("column " + excerpt(name) + ": " + obstacle);
      }
    }
  }
  if (names.empty()) return;
  std::string ignore;
  for (const std::string& name : names) ignore += (ignore.empty() ? "" : ",") + name;
  fail(ErrorKind::data, who,
       config_.data.name() + ": " + std::to_string(names.size()) + (names.size() == 1 ? " column" : " columns") +
           " cannot be used, " + fatal + ", expected other values, or --ignore " + ignore);
}

// Texts that look like numbers in another form, or nearly all of which differ, are hardly meant as classes.
void TrainingRows::check_target() const {
  const bool decided = config_.task || !config_.outputs.empty() || !config_.loss.op.empty() ||
                       !config_.classes.empty() || config_.columns.kinds.contains(target_[0]) || start_ != nullptr;
  if (decided || target_.size() > 1) return;
  const TableColumn& column = table_->column(target_[0]);
  if (column.kind == ColumnKind::label && column.levels.size() == 1)
    fail(ErrorKind::data, who,
         "column " + excerpt(column.name) + " of " + config_.data.name() + " as the target: the only class is " +
             excerpt(column.levels[0]) + ", expected two classes or more: choose another target");
  const bool doubtful = std::ssize(column.obstacles) > (column.missing > 0 ? 1 : 0);  // the last one: missing targets
  if (column.levels.empty() || !doubtful || std::ssize(column.levels) <= most_unasked_classes) return;
  fail(ErrorKind::data, who,
       "column " + excerpt(column.name) + " of " + config_.data.name() + " as the target: " + column.obstacles[0] +
           "; --task classification takes its " + std::to_string(column.levels.size()) + " texts as classes");
}

void TrainingRows::leave_out_rows_without_target() {
  complete_ =
      std::ranges::all_of(features_, [&](const std::string& name) { return table_->column(name).missing == 0; });
  const std::int64_t missing = keep_rows_with(*table_, target_, who);
  if (missing > 0) notes_.push_back(rows_without_target(missing));
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
    return column.kind == ColumnKind::number && !config_.columns.columns.contains(name) && column.obstacles.empty();
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
  if (is_matrix()) {
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
                                 .threads = config_.threads};
    for (std::string& note : model.prepare(*table_, options, rows_.train)) {
      // "column 'x' is left out: ..." says all of "column 'x': ...".
      const std::string column = note.substr(0, note.find(" is left out")) + ": ";
      std::erase_if(notes_, [&](const std::string& known) { return known.starts_with(column); });
      notes_.push_back(std::move(note));
    }
  }
  if (earlier != nullptr) model.keep_preparation(*earlier);
  return model.prepared(*table_, config_.threads);
}

Dataset TrainingRows::prepare(Model& model, const Model* earlier) {
  rows_ = split_rows();
  folds_ = folds(model);
  Dataset data = array_;
  if (table_) {
    for (TableColumn& column : table_->columns) {
      if (!contains(features_, column.name) && (column.name == config_.group || column.name == config_.time))
        column.kind = ColumnKind::ignored;
    }
    data = prepare_table(model, earlier);
  } else if (!config_.scale_given && start_ != nullptr) {
    model.copy_preparation(*start_);
  } else if (config_.scale_given && config_.columns.all.scale != "none") {
    model.standardize(select_rows(data, rows_.train));
  }
  model.build(data, config_.seed);
  return data;
}

Split TrainingRows::split(Dataset data, const Model& model) {
  const std::vector<std::string> classes = data.classes;
  fit_targets(data, model);
  if (!config_.validation_file.empty()) {
    Dataset held = table_ ? read_validation(model, classes) : read_validation_array(config_, array_);
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
  options.threads = config_.threads;
  // In the file it has the name of --target: take_name_of_target().
  const std::vector<std::string>& names = config_.target.size() == target_.size() ? config_.target : target_;
  std::map<std::string, ColumnKind> kinds;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto known = options.kinds.extract(target_[i]);
    if (!known.empty()) kinds[names[i]] = known.mapped();
  }
  options.kinds.insert(kinds.begin(), kinds.end());
  if (!options.target.empty()) options.target = names[0];
  Table held = read({config_.validation_file}, options);
  if (const std::int64_t missing = keep_rows_with(held, names, who); missing > 0)
    notes_.push_back(config_.validation_file + ": " + rows_without_target(missing));
  for (TableColumn& column : held.columns) {
    const auto at = std::ranges::find(names, column.name);
    if (at != names.end()) column.name = target_[static_cast<std::size_t>(at - names.begin())];
  }
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
                                      .threads = config_.threads});
  if (!model.table_columns().empty()) {
    Table held = read_held_table(model);
    Dataset data = model.prepared(held, config_.threads);
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
                                            .threads = config_.threads});
}

}  // namespace millrace::cli
