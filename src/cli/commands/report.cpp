// SPDX-License-Identifier: Apache-2.0
//
// millrace report: a page about a run, made after it.
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/commands/model_data.hpp"
#include "cli/commands/named_file.hpp"
#include "cli/commands/run_report.hpp"
#include "cli/commands/threshold.hpp"
#include "cli/screen/activity.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/report.hpp"
#include "cli/settings/data_settings.hpp"
#include "cli/settings/split_settings.hpp"
#include "millrace/split.hpp"
#include "millrace/table.hpp"
#include "millrace/targets.hpp"
#include "model/files/data_fingerprint.hpp"
#include "report/html.hpp"
#include "report/page.hpp"
#include "table/csv/reader.hpp"
#include "table/target.hpp"

namespace millrace::cli {

namespace {

// The column by which rows are split is no feature, so the rows of the model do not have it.
Table read_split_column(const RunFolder& run, const DataFiles& files, const std::string& column) {
  const std::vector<std::string> target = run.state->card.target_names;
  TableOptions columns{.format = files.format};
  for (const std::string& name : open_csv(files.paths, files.format).names) {
    if (std::ranges::find(target, name) != target.end()) {
      columns.kinds[name] = ColumnKind::category;
      columns.classes[name] = run.state->card.classes;
    } else if (name != column)
      columns.ignore.push_back(name);
  }
  Table table = read_table(files.paths, columns);
  keep_rows_with(table, target, "report");
  return table;
}

// What cut(rows, options) gives for the rows before fit_targets(), cut as training did. Empty if the file cannot be the
// table of the run: it has too few rows, or no such column.
template <class Cut>
auto cut_as_training(const RunFolder& run, const DataFiles& files, const Dataset& data, const Cut& cut)
    -> decltype(cut(data, SplitOptions())) {
  if (!run.config) return {};
  const SplitOptions options = split_options(*run.config);
  try {
    if (options.column.empty()) return cut(data, options);
    if (files.is_array()) return {};
    return cut(read_split_column(run, files, options.column), options);
  } catch (const Error&) {
    return {};
  }
}

// Empty lists: the run held no rows out.
RowSplit split_of(const RunFolder& run, const DataFiles& files, const Dataset& data) {
  if (!run.config || run.config->validation == 0) return {};
  return cut_as_training(run, files, data,
                         [](const auto& rows, const SplitOptions& options) { return split_rows(rows, options); });
}

// The parts that the members of an ensemble held out, if they did.
std::vector<std::uint8_t> folds_of(const RunFolder& run, std::int64_t members, const DataFiles& files,
                                   const Dataset& data) {
  if (members == 1) return {};
  return cut_as_training(run, files, data, [&](const auto& rows, const SplitOptions& options) {
    return fold_rows(rows, options, members);
  });
}

// What the rows of the file are to the run, by the checksums that its checkpoint has: the page is about the rows held
// out of training if the file is the table of the run.
ReportRows rows_of(const RunFolder& run, const RowSplit& split, std::vector<std::uint8_t> folds,
                   const std::string& file, Dataset& data) {
  const nlohmann::json identity =
      run.origin.identity.empty() ? nlohmann::json::object() : nlohmann::json::parse(run.origin.identity);
  const std::string training = identity.value("training rows", ""), validation = identity.value("validation rows", "");
  if (!split.validation.empty() && fingerprint(select_rows(data, split.train)) == training) {
    data = select_rows(data, split.validation);
    return {.rows_are = rows_text(data.rows(), "held out of training")};
  }
  if (!folds.empty()) {
    Dataset held = data;
    held.folds = std::move(folds);
    if (fingerprint(held) == training) {
      data = held;
      return {.rows_are = rows_text(data.rows(), held_out_by_members)};
    }
  }
  const std::string whole = fingerprint(data);
  if (whole == training) return {.rows_are = rows_text(data.rows(), "of training"), .include_training = true};
  if (whole == validation) return {.rows_are = rows_text(data.rows(), "held out of training")};
  return {.rows_are = rows_text(data.rows(), "of " + file)};
}

// The settings of the run that say how the text of a table is written, with another file.
DataFiles files_of(const RunFolder& run, const std::string& path) {
  Settings settings;
  if (run.settings) {
    for (const Flag& flag : text_flags()) {
      if (const Setting* const known = run.settings->find(flag.name)) settings.set(flag.name, *known);
    }
  }
  DataFiles file = data_file(path == "-" ? "/dev/stdin" : path);
  if (file.is_array()) return file;
  settings.set("data", {"report", "", "--data", path});
  return data_setting(settings);
}

double seconds_setting(const Settings& settings) {
  const double seconds = settings.number("seconds", 30);
  if (seconds < 0) settings.find("seconds")->refuse("a number of 0 or more");
  return seconds;
}

void measure_file(const RunFolder& run, const std::string& path, double seconds, const Settings& settings,
                  report::RunReport& report) {
  Model model = run.model();
  if (!model.compiled().has_loss())
    fail(ErrorKind::usage, "report", run.model_path + " has no loss, expected a trained model");
  count_answers(model);
  const int threads = settings.threads();
  const Activity activity(false, "measuring the model on " + path);
  const DataFiles files = files_of(run, path);
  RowsWithTargets rows = read_rows_with_targets(model, {.who = "report",
                                                        .model_path = run.model_path,
                                                        .data = files,
                                                        .targets = true,
                                                        .target = settings.names("target"),
                                                        .weight = run.config ? run.config->sample_weight : "",
                                                        .threads = threads});
  const RowSplit split = split_of(run, files, rows.data);
  std::vector<std::uint8_t> folds = folds_of(run, member_count(model.graph()), files, rows.data);
  fit_targets(rows.data, model);
  const std::string file = std::filesystem::path(path).filename().string();
  ReportRows measured = rows_of(run, split, std::move(folds), file, rows.data);
  measured.rows = {.data = &rows.data, .table = rows.table ? &*rows.table : nullptr};
  add_rows(model, run, measured, {.seconds = seconds, .threads = threads}, report);
}

void report_run(const Settings& settings) {
  const std::string data = settings.text("data");
  const double seconds = seconds_setting(settings);  // refused before anything is read
  const RunFolder run = open_run("report", settings.argument);
  const std::string out = settings.text("out", (std::filesystem::path(settings.argument) / report_file).string());
  std::vector<NamedFile> read = read_files(run);
  if (!data.empty())
    std::ranges::move(read_files("report", files_of(run, data), settings.names("target")), std::back_inserter(read));
  keep_apart("report", read, {{"--out", out}});
  require_page_name("report", "--out", out);
  require_writable({{"--out", out}});
  report::RunReport report = describe_run(run, settings.boolean("paths", false) ? Paths::shown : Paths::hidden);
  if (!data.empty())
    measure_file(run, data, seconds, settings, report);
  else
    report.notes.emplace_back(
        "there are no scores, errors and columns, because no rows were given: millrace report DIR "
        "--data FILE measures the model on them");
  write_file_atomically(out, report::page_of(report));
  const std::vector<NamedFile> files{{"report", out}};
  print(settings.boolean("json", false) ? files_json(files) : "wrote       " + out + "\n");
}

std::vector<HelpSection> notes() {
  return {
      {.text =
           "The page is one file that loads nothing; any browser shows it, on a phone, on paper and in the dark. "
           "If the file of --data is the table of the run, the page is about the rows that the run held out. It has no "
           "cells of the table: counts between round numbers, and names of levels that ten rows or more have."}};
}

}  // namespace

Command report_command() {
  return {"report",
          "Writes a page about a run: curves, errors, important columns, settings",
          "DIR",
          {{"data", "FILE|PATTERN", "Data",
            "The table to measure the model on, with the target. Default: none; the page then has the curves and the "
            "settings"},
           {"target", "COLUMN,...", "Data",
            "The target's column if the model knows it by another name; for .npy and IDX the file of the targets, for "
            ".npz its array"},
           {"out", "FILE.html", "Output", "The file to write. Default: DIR/report.html"},
           {"paths", "", "Output", "Also show the paths, the command line and the folder of the run"},
           {"seconds", "S", "Output",
            "The time to measure which columns are important, and how the answer depends on them. Default: 30"},
           {"threads", "N|auto", "Output", "Threads that compute. Default: auto"},
           {"json", "", "Output", "Print the name of the written file as one JSON object"}},
          notes,
          report_run,
          {},
          {{"target", FlagRule::Relation::needs, "data", "is about rows to measure on"},
           {"seconds", FlagRule::Relation::needs, "data", "is about rows to measure on"}}};
}

}  // namespace millrace::cli
