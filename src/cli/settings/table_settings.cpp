// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/table_settings.hpp"

#include <array>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/option_text.hpp"
#include "cli/settings/config_file.hpp"
#include "prepare/column_words.hpp"

namespace millrace::cli {

namespace {

constexpr std::array kinds{ColumnKind::number, ColumnKind::category, ColumnKind::boolean,
                           ColumnKind::date,   ColumnKind::label,    ColumnKind::ignored};

std::vector<std::string_view> kind_words() {
  std::vector<std::string_view> words;
  for (const ColumnKind kind : kinds) words.push_back(kind_name(kind));
  return words;
}

ColumnKind kind_of(const OptionValue& value) {
  const std::string word = value_text(value);
  for (const ColumnKind kind : kinds) {
    if (kind_name(kind) == word) return kind;
  }
  fail(ErrorKind::usage, "kind", unknown_name("kind", word, kind_words()));
}

// missing = 0 is the text "0".
OptionValue option_of(const std::string& name, const OptionValue& value) {
  return name == "missing" ? OptionValue(value_text(value)) : value;
}

// The options that hold for all columns, each checked where it stands.
ColumnOptions options_for_all(const Settings& settings) {
  OpConfig all{std::string(ColumnOptions::op)};
  for (const std::string name : {"missing", "scale", "encode"}) {
    const Setting* const setting = settings.find(name);
    if (setting == nullptr) continue;
    if (setting->list) setting->refuse("one word for all columns; [columns.NAME] has those of a column");
    all.options[name] = option_of(name, setting->value);
    setting->located([&] { check_words(options_from<ColumnOptions>(all)); });
  }
  return options_from<ColumnOptions>(all);
}

void read_column(const Setting& at, const Entry& entry, TableSettings& table) {
  const std::string& column = entry.op.op;
  OpConfig own(table.all);  // every option of `all`, and then what the column says
  own.op = ColumnOptions::op;
  bool prepares = false;
  at.located([&] {
    for (const auto& [key, value] : entry.op.options) {
      if (key == "kind") {
        table.kinds[column] = kind_of(value);
        continue;
      }
      if (key == "type" || key == "dtype")
        fail(ErrorKind::usage, column,
             "unknown option '" + key + "', did you mean kind = \"" + value_text(value) +
                 "\"? known kinds: " + join(kind_words()));
      own.options[key] = option_of(key, value);
      prepares = true;
    }
    const ColumnOptions options = options_from<ColumnOptions>(own);
    check_words(options);
    if (prepares) table.columns[column] = options;
    if (table.kinds.contains(column) && table.kinds[column] == ColumnKind::label) {
      if (!table.label.empty() && table.label != column)
        fail(ErrorKind::usage, "kind",
             "columns " + excerpt(table.label) + " and " + excerpt(column) +
                 " both have the kind label, expected one: the target");
      table.label = column;
    }
  });
}

void read_columns(const Setting& columns, TableSettings& table) {
  for (const Entry& entry : *columns.list) {
    Setting at = columns;
    at.place = entry.place;
    at.name = columns.name + "." + entry.op.op;
    read_column(at, entry, table);
  }
}

}  // namespace

std::vector<Flag> table_flags() {
  return {
      {"schema", "FILE.toml", "Data",
       "What the columns are and how they are prepared, as millrace schema prints it; [columns.NAME] in the file of "
       "--config says the same"},
      {"missing", "median|mean|most_frequent|refuse|NUMBER", "Data",
       "What stands for a missing number. Default: median. A column that says which numbers were missing is added"},
      {"scale", "standard|minmax|robust|quantile|log1p|none", "Data",
       "How numeric columns are scaled, with statistics of the training rows; the exported model contains this step. "
       "Default: standard for .csv and .tsv, none for arrays; with --init, as that model"},
      {"encode", "auto|onehot|embedding|ordinal|hash", "Data",
       "How texts become numbers. Default: auto, one column for each of up to nine levels, else a learned vector"},
      {"scale-target", one_of(scale_target_words), "Data",
       "How numeric targets are scaled for training; predictions and metrics are in the target's own unit. Default: "
       "standard for .csv and .tsv with the losses mse, mae, huber and log_cosh, unless the network ends in an "
       "activation "
       "with a bound, such as relu; else none"},
  };
}

TableSettings table_settings(const Settings& settings) {
  TableSettings table{.kinds = {}, .all = options_for_all(settings), .columns = {}, .label = {}};
  if (const Setting* const schema = settings.find("schema"); schema != nullptr) {
    Command reader;
    reader.tables = {"columns"};
    const Settings file =
        read_config_file(settings.required_text("schema", "a file that millrace schema printed"), reader);
    if (const Setting* const columns = file.find("columns"); columns != nullptr) read_columns(*columns, table);
  }
  if (const Setting* const columns = settings.find("columns"); columns != nullptr) read_columns(*columns, table);
  return table;
}

const Setting* column_setting(const Settings& settings) {
  for (const char* const name : {"schema", "columns", "missing", "encode", "group", "time"}) {
    if (const Setting* const setting = settings.find(name); setting != nullptr) return setting;
  }
  return nullptr;
}

}  // namespace millrace::cli
