// SPDX-License-Identifier: Apache-2.0
//
// millrace schema: what the columns of a table would become, as TOML to edit.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/screen/console.hpp"
#include "cli/settings/command.hpp"
#include "cli/settings/data_settings.hpp"
#include "millrace/table.hpp"
#include "table/kinds/dates.hpp"

namespace millrace::cli {

namespace {

// A bare key, or one in quotes.
std::string toml_key(const std::string& name) {
  const auto bare = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; };
  if (!name.empty() && std::all_of(name.begin(), name.end(), bare)) return name;
  // JSON escapes what TOML does, and in the same way.
  return nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string time_text(double seconds) {
  const auto minutes = static_cast<int>(seconds / 60);
  return two_digits(minutes / 60) + ":" + two_digits(minutes % 60);
}

// "2019-01-02 to 2024-05-31", or "07:30 to 17:45" of times alone.
std::string dates_text(const ColumnReport& column) {
  const bool times = column.least >= 0 && column.most < 86400;
  const auto text = times ? time_text : date_text;
  return text(column.least) + " to " + text(column.most);
}

std::string counts_text(const ColumnReport& column) {
  std::string text = std::to_string(column.distinct) + " distinct, " +
                     (column.missing == 0 ? "none" : std::to_string(column.missing)) + " missing";
  if (column.kind == ColumnKind::number && column.distinct > 0)
    text +=
        ", " + number_text(static_cast<float>(column.least)) + " to " + number_text(static_cast<float>(column.most));
  if (column.kind == ColumnKind::date && column.distinct > 0) text += ", " + dates_text(column);
  if (!column.examples.empty())
    text +=
        ": " + join(column.examples, ", ", excerpt) + (std::ssize(column.examples) < column.distinct ? ", ..." : "");
  return text;
}

std::string schema_toml(const std::string& path, std::int64_t rows, const std::vector<ColumnReport>& columns) {
  std::string text =
      "# " + excerpt(path) + ": " + counted(rows, "row") + ", " + counted(std::ssize(columns), "column") + "\n";
  std::size_t obstacles = 0;
  std::set<std::string> named;
  for (const ColumnReport& column : columns) {
    // TOML takes a name once; a column without one is not read anyway.
    if (!column.name.empty() && !named.insert(column.name).second) continue;
    if (!column.name.empty()) {
      // A column without a value fits every kind: a schema that names one would refuse later rows with values of another.
      const bool open = column.kind != ColumnKind::ignored && column.distinct == 0;
      text += "\n[columns." + toml_key(column.name) + "]\n" + (open ? "# " : "") + "kind = \"" +
              std::string(kind_name(column.kind)) + "\"";
      text += (column.kind == ColumnKind::ignored ? "" : "  # " + counts_text(column)) + "\n";
    } else if (!column.obstacles.empty()) {
      text += "\n";
    }
    for (const std::string& obstacle : column.obstacles) text += "# in the way: " + obstacle + "\n";
    obstacles += column.obstacles.size();
  }
  return text + (obstacles == 0 ? "" : "\n# " + std::to_string(obstacles) + " in the way in all\n");
}

std::string schema_json(const std::string& path, std::int64_t rows, const std::vector<ColumnReport>& columns) {
  nlohmann::ordered_json json{{"data", path}, {"rows", rows}, {"columns", nlohmann::ordered_json::array()}};
  for (const ColumnReport& column : columns) {
    nlohmann::ordered_json entry{{"name", column.name},
                                 {"kind", kind_name(column.kind)},
                                 {"missing", column.missing},
                                 {"distinct", column.distinct}};
    if (column.kind == ColumnKind::number || column.kind == ColumnKind::date) {
      entry["least"] = column.least;
      entry["most"] = column.most;
    }
    if (!column.examples.empty()) entry["examples"] = column.examples;
    entry["obstacles"] = column.obstacles;
    json["columns"].push_back(entry);
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void schema(const Settings& settings) {
  const DataFiles data = data_setting(settings);
  const std::vector<std::string> ignored = settings.names("ignore");
  const bool json = settings.boolean("json", false);
  if (data.is_array())
    fail(ErrorKind::usage, "schema", "'" + data.name() + "' has columns of numbers only, expected a .csv or .tsv file");
  const Table table = read_table(
      data.paths,
      {.target = settings.text("target"), .ignore = ignored, .format = data.format, .threads = settings.threads()});
  const std::vector<ColumnReport> columns = describe(table);
  print(json ? schema_json(data.name(), table.rows, columns) : schema_toml(data.name(), table.rows, columns));
}

std::vector<HelpSection> notes() {
  return {
      {.text =
           "Kinds are inferred from all rows. A line 'in the way' says what keeps a column from being used, and what "
           "to do."}};
}

}  // namespace

Command schema_command() {
  std::vector<Flag> flags{{"data", "FILE|PATTERN", "Data", "The table: .csv or .tsv; - reads CSV from stdin"}};
  for (const Flag& flag : text_flags()) flags.push_back(flag);
  const std::vector<Flag> others{{"target", "COLUMN", "Data", "The column to predict"},
                                 {"ignore", "COLUMN,...", "Data", "Columns to leave out"},
                                 {"threads", "N|auto", "Output", "Threads that read. Default: auto"},
                                 {"json", "", "Output", "Print the columns as one JSON object"}};
  flags.insert(flags.end(), others.begin(), others.end());
  return {
      "schema", "Lists the columns of a table, their kinds, and everything that stands in the way of training on them",
      "",       flags,
      notes,    schema};
}

}  // namespace millrace::cli
