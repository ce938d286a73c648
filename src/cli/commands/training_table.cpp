// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/training_table.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "base/to_type.hpp"
#include "base/utf8.hpp"
#include "cli/commands/model_target.hpp"
#include "cluster/made_once.hpp"
#include "millrace/data_notes.hpp"
#include "millrace/table_cache.hpp"
#include "millrace/unread_cells.hpp"
#include "table/columns_named.hpp"
#include "table/csv/precision.hpp"
#include "table/idle_columns.hpp"
#include "table/slips.hpp"
#include "table/target.hpp"

namespace millrace::cli {

namespace {

constexpr const char* who = "train";

class Reader {
 public:
  Reader(const TrainConfig& config, const Model* start, const std::optional<RowStorage>& storage, Cluster* cluster)
      : config_(config), start_(start), storage_(storage), cluster_(cluster), target_(config.target) {}

  TrainingTable read(const InputFiles& files) {
    choose_target();
    read_table(files);
    choose_features();
    check_obstacles();
    note_far_values();
    note_idle_columns();
    leave_out_rows_without_target();
    take_name_of_target();
    return {std::move(table_),        std::move(target_), std::move(features_),
            std::move(column_notes_), std::move(notes_),  complete_};
  }

 private:
  void choose_target() {
    if (target_.empty() && start_ != nullptr) target_ = start_->target_names();
    if (target_.empty() && !config_.columns.label.empty()) target_ = {config_.columns.label};
    if (target_.empty())
      fail(ErrorKind::usage, who,
           "no --target, expected the name of the column to predict; millrace schema --data " + config_.data.paths[0] +
               " lists the columns");
    // check_column_roles() knows the targets of --target only.
    const auto refuse_as = [&](const std::string& name, const std::string& role) {
      if (contains(target_, name))
        fail(ErrorKind::usage, who,
             "column " + excerpt(name) + " is the target and " + role + ", expected different columns");
    };
    refuse_as(config_.sample_weight, "the row weight");
    refuse_as(config_.group, "the group");
    refuse_as(config_.time, "the time");
    if (!config_.columns.label.empty() && config_.columns.label != target_[0])
      fail(ErrorKind::usage, who,
           "the schema gives " + excerpt(config_.columns.label) + " the kind label, and --target is " +
               excerpt(target_[0]) + ", expected the kind for the target only");
  }

  void read_table(const InputFiles& files) {
    TableOptions options{.target = target_.size() == 1 ? target_[0] : "",
                         .ignore = {},
                         .kinds = config_.columns.kinds,
                         .format = config_.data.format,
                         .threads = config_.fit.threads,
                         .storage = storage_};
    for (const std::string& name : config_.ignore) {
      if (name != config_.group && name != config_.time) options.ignore.push_back(name);
    }
    if (start_ != nullptr) {
      const std::vector<TableColumn> columns = start_->table_columns();
      for (const TableColumn& column : columns) options.kinds.emplace(column.name, column.kind);
      read_dates_as(*start_, options);
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
    options.classes = classes_of_targets();
    try {
      convert(options, files);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::data && target_.size() > 1 && config_.outputs.empty()) refuse_texts_of_target();
      throw;
    }
    if (storage_) storage_->check_rows(table_.rows);
    for (const auto& [name, unused] : config_.columns.columns) static_cast<void>(table_.column(name));
  }

  // Several targets are numbers. If one of them holds texts throughout, says so instead of what is wrong with its first.
  void refuse_texts_of_target() const {
    Table table;
    try {
      table = millrace::read_table(config_.data.paths, {.format = config_.data.format, .threads = config_.fit.threads});
    } catch (const Error&) {
      return;
    }
    for (const TableColumn& column : table.columns) {
      const bool numbers =
          std::ranges::any_of(column.levels, [](auto& text) { return parse_number(text).has_value(); });
      if (column.levels.empty() || numbers || !contains(target_, column.name)) continue;
      fail(ErrorKind::data, who,
           "column " + excerpt(column.name) + " of " + config_.data.name() +
               ", one of several targets, holds texts such as " + excerpt(column.levels[0]) +
               ", expected numbers; classes are the target of an output of their own, by "
               "[outputs.NAME] in the file of --config");
    }
  }

  // Classes that are given are no missing values, whatever they say.
  [[nodiscard]] std::map<std::string, std::vector<std::string>> classes_of_targets() const {
    std::map<std::string, std::vector<std::string>> all;
    if (start_ != nullptr && start_->target_names() == target_ && target_.size() == 1)
      all[target_[0]] = start_->classes();
    if (!config_.classes.empty()) all[target_[0]] = config_.classes;
    for (const OutputSetting& output : config_.outputs)
      if (output.target.size() == 1) all[output.target[0]] = output.classes;
    std::erase_if(all, [](const auto& entry) { return entry.second.empty(); });
    return all;
  }

  // From the cache if there is one, else from the text, and into the cache: once for all processes of a cluster.
  void convert(const TableOptions& options, const InputFiles& files) {
    if (config_.cache.empty()) return read_text(options);
    const CacheKey key{config_.data.paths, options};
    bool made = false;
    const auto is_there = [&] {
      std::error_code code;
      return std::filesystem::exists(config_.cache, code);
    };
    make_once(cluster_, is_there, [&] {
      read_text(options);
      files.require_unchanged(who);
      write_table_cache(config_.cache, key, {table_, notes_});
      made = true;
    });
    if (made) return;
    std::optional<CachedTable> cached = read_table_cache(config_.cache, key);
    if (!cached)
      fail(ErrorKind::environment, who,
           config_.cache + " was removed just now, expected the cache to stay during a run");
    table_ = std::move(cached->table);
    notes_ = std::move(cached->notes);
  }

  void read_text(const TableOptions& options) {
    table_ = millrace::read_training_table(config_.data.paths, options, target_);
    options_ = options;
    for (const std::string& name : target_) {
      const auto asked = config_.columns.kinds.find(name);
      const bool as_texts = asked != config_.columns.kinds.end() && asked->second == ColumnKind::category;
      if (as_texts && table_.column(name).kind == ColumnKind::date) options_.kinds[name] = ColumnKind::category;
    }
    if (options_.kinds == options.kinds) return;
    table_ = millrace::read_training_table(config_.data.paths, options_, target_);
  }

  // A model of tables finds its target by the name that it has there: an imported one calls it "target".
  void take_name_of_target() {
    if (start_ == nullptr || start_->table_columns().empty() || !config_.graph.layers.empty()) return;
    const std::vector<std::string> names = start_->target_names();
    if (names.size() != target_.size()) return;
    rename_targets(table_, target_, names);
    target_ = names;
  }

  void choose_features() {
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
      for (const TableColumn& column : table_.columns) {
        if (column.kind != ColumnKind::ignored && !others.contains(column.name)) features_.push_back(column.name);
      }
    }
    for (const TableColumn* const column : columns_named(table_, features_)) {
      const std::string& name = column->name;
      if (contains(target_, name) || name == config_.sample_weight)
        fail(ErrorKind::usage, who,
             "column " + excerpt(name) + " is a feature and " +
                 (contains(target_, name) ? "the target" : "the row weight") + ", expected different columns");
      if (column->kind == ColumnKind::ignored)
        fail(ErrorKind::usage, who,
             "column " + excerpt(name) + " of " + config_.data.name() +
                 " is a feature, and cannot be read: it is to be ignored, or another column has its name");
    }
    if (features_.empty()) {
      const auto left_out = std::ranges::find_if(table_.columns, [](const TableColumn& column) {
        return column.kind == ColumnKind::ignored && !column.obstacles.empty();
      });
      fail(ErrorKind::data, who,
           config_.data.name() + " has no column to predict from, expected one or more beside the target" +
               (left_out == table_.columns.end()
                    ? ""
                    : "; column " + excerpt(left_out->name) + " is left out: " + left_out->obstacles[0]));
    }
    const std::set<std::string_view> features(features_.begin(), features_.end());
    for (TableColumn& column : table_.columns) {
      const bool splits = column.name == config_.group || column.name == config_.time;
      if (column.kind == ColumnKind::ignored && !column.obstacles.empty())
        column_notes_.push_back({column.name, column.obstacles[0], true});
      if (!splits && !features.contains(column.name) && !contains(target_, column.name) &&
          column.name != config_.sample_weight)
        column.kind = ColumnKind::ignored;
    }
  }

  void check_obstacles() {
    refuse_close_targets();
    check_target();
    // Rows without a target are counted below, where they are left out.
    for (const TableColumn* const target : columns_named(table_, target_)) {
      const bool is_number = target->kind == ColumnKind::number && !lies_close(*target);
      if (target->missing > 0 || !(is_number || (target->kind == ColumnKind::label && target_.size() == 1))) continue;
      for (const std::string& obstacle : target->obstacles) column_notes_.push_back({target->name, obstacle});
    }
    std::string fatal;
    std::vector<std::string> names;
    for (const TableColumn* const feature : columns_named(table_, features_)) {
      const TableColumn& column = *feature;
      const std::string& name = column.name;
      const bool unreadable = !std::all_of(column.levels.begin(), column.levels.end(), is_utf8);
      for (const std::string& obstacle : column.obstacles) {
        // Numbers that fp32 cannot tell apart, and texts that no model can hold.
        if (unreadable || lies_close(column)) {
          fatal += (fatal.empty() ? "" : "; ") + excerpt(name) + ": " + obstacle;
          if (!contains(names, name)) names.push_back(name);
        } else {
          column_notes_.push_back({name, obstacle});
        }
      }
    }
    if (names.empty()) return;
    fail(ErrorKind::data, who,
         config_.data.name() + ": " + counted(std::ssize(names), "column") + " cannot be used, " + fatal +
             "; or leave " + (names.size() == 1 ? "it" : "them") + " out: --ignore " + to_type(names));
  }

  [[nodiscard]] bool lies_close(const TableColumn& column) const {
    return column.kind == ColumnKind::number &&
           may_be_close({0, table_.values.row(0) + column.place, table_.values.columns()}, table_.rows);
  }

  void note_far_values() {
    if (storage_) return;  // rows in a file are passed over as seldom as possible
    std::vector<std::string> columns = features_;
    std::ranges::copy(target_, std::back_inserter(columns));
    for (const FarValue& far : far_values(table_, columns))
      notes_.push_back(far.text + (far.value.empty() ? "" : "; if that stands for a missing value: --missing-marks ") +
                       far.value);
  }

  void note_idle_columns() {
    if (storage_) return;
    std::vector<std::string> columns = features_;
    std::erase(columns, config_.time);
    std::ranges::move(idle_columns(table_, columns), std::back_inserter(column_notes_));
    if (target_.size() == 1)
      std::ranges::move(copies_of_target(table_, columns, target_[0]), std::back_inserter(column_notes_));
  }

  // settle_target() judges a single target, which may be classes.
  void refuse_close_targets() {
    if (target_.size() < 2) return;
    for (const TableColumn* const column : columns_named(table_, target_)) {
      if (column->kind == ColumnKind::number && !column->close.empty())
        fail(ErrorKind::data, who,
             "column " + excerpt(column->name) + " of " + config_.data.name() + ", a target, " + column->close);
    }
  }

  // Texts that look like numbers in another form, or nearly all of which differ, are hardly meant as classes.
  void check_target() {
    const bool decided = config_.task || !config_.outputs.empty() || !config_.loss.op.empty() ||
                         !config_.classes.empty() || config_.columns.kinds.contains(target_[0]) || start_ != nullptr;
    if (decided) return;
    if (target_.size() > 1) return note_labels();
    const TableColumn& column = table_.column(target_[0]);
    check_class_weight(column);
    if (column.kind == ColumnKind::label && column.levels.size() == 1)
      fail(ErrorKind::data, who,
           "column " + excerpt(column.name) + " of " + config_.data.name() + " as the target: the only class is " +
               excerpt(column.levels[0]) + ", expected two classes or more: choose another target" +
               (column.marks.empty() ? "" : "; " + said_marks(column)));
    const bool doubtful = std::ssize(column.obstacles) > (column.missing > 0 ? 1 : 0);  // the last one: missing targets
    if (column.levels.empty() || !doubtful) return;
    // Few texts may be classes, but fractions with a slip, such as a line of units, are numbers.
    if (std::ssize(column.levels) <= few_classes && !has_fractions_with_slips(column)) return;
    fail(ErrorKind::data, who,
         "column " + excerpt(column.name) + " of " + config_.data.name() + " as the target: " + column.obstacles[0] +
             "; --task classification takes its " + std::to_string(column.levels.size()) + " texts as classes");
  }

  // Several targets are numbers unless the last layer says otherwise.
  void note_labels() {
    if (!config_.graph.layers.empty() || storage_) return;
    const std::vector<const TableColumn*> columns = columns_named(table_, target_);
    bool exclusive = true;  // exactly one 1 in each row
    for (std::int64_t row = 0; row < table_.rows; ++row) {
      int ones = 0, missing = 0;
      for (const TableColumn* const column : columns) {
        const float value = table_.values.row(row)[column->place];
        if (!std::isnan(value) && value != 0 && value != 1) return;
        ones += value == 1 ? 1 : 0;
        missing += std::isnan(value) ? 1 : 0;
      }
      exclusive = exclusive && (ones == 1 || missing > 0);
    }
    const std::string units = std::to_string(target_.size());
    notes_.push_back("the targets are 0 and 1 only, and are learned as numbers; as " +
                     (exclusive ? "classes, one in each row: --layers 64:relu,64:relu," + units +
                                      ":softmax --loss categorical_crossentropy"
                                : "labels: --layers 64:relu,64:relu," + units + ":sigmoid"));
  }

  [[nodiscard]] bool has_fractions_with_slips(const TableColumn& column) const {
    const auto is_fraction = [](const std::string& level) {
      const auto number = parse_number(level);
      return number && *number != std::floor(*number);
    };
    const auto is_number = [](const std::string& level) { return parse_number(level).has_value(); };
    return std::ranges::any_of(column.levels, is_fraction) && !std::ranges::all_of(column.levels, is_number) &&
           is_mostly_numbers(table_, column, options_);
  }

  void check_class_weight(const TableColumn& column) const {
    const bool weighs = config_.fit.balanced || !config_.class_weight.empty();
    if (!weighs || column.kind != ColumnKind::number || !config_.graph.layers.empty()) return;
    fail(ErrorKind::usage, who,
         "--class-weight weighs classes, and column " + excerpt(column.name) + " of " + config_.data.name() +
             " holds numbers as the target, expected --task classification too, which takes each number as a class, or "
             "--sample-weight COLUMN, which weighs rows");
  }

  void leave_out_rows_without_target() {
    complete_ =
        std::ranges::all_of(columns_named(table_, features_), [](auto* column) { return column->missing == 0; });
    if (target_.size() == 1 && !config_.classes.empty()) require_classes(table_, target_[0], config_.classes);
    const std::int64_t missing = keep_rows_with(table_, target_, who);
    const std::string marks = target_.size() == 1 ? said_marks(table_.column(target_[0])) : "";
    if (missing > 0) notes_.push_back(rows_without_target(missing, marks));
  }

  const TrainConfig& config_;
  const Model* start_;
  const std::optional<RowStorage>& storage_;
  Cluster* cluster_;
  Table table_;
  TableOptions options_;  // of the text
  std::vector<std::string> target_, features_, notes_;
  std::vector<ColumnNote> column_notes_;
  bool complete_ = true;
};

}  // namespace

TrainingTable read_training_table(const TrainConfig& config, const Model* start, const InputFiles& files,
                                  const std::optional<RowStorage>& storage, Cluster* cluster) {
  return Reader(config, start, storage, cluster).read(files);
}

}  // namespace millrace::cli
