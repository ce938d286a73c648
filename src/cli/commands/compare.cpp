// SPDX-License-Identifier: Apache-2.0
//
// millrace compare: several runs beside each other.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "cli/commands/named_file.hpp"
#include "cli/commands/run_folder.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/json_line.hpp"
#include "cli/screen/printable.hpp"
#include "cli/screen/terminal.hpp"
#include "cli/settings/data_settings.hpp"
#include "report/comparison.hpp"
#include "report/html.hpp"

namespace millrace::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_runs = 50;

// The last parts of the paths that tell the runs apart: "a" and "b" of "out/a" and "out/b".
std::vector<std::string> short_names(const std::vector<std::string>& paths) {
  std::vector<std::vector<std::string>> parts;
  std::size_t deepest = 0;
  for (const std::string& path : paths) {
    std::vector<std::string>& of = parts.emplace_back();
    for (const auto& part : std::filesystem::path(path).lexically_normal()) {
      if (!part.empty()) of.push_back(part.string());
    }
    deepest = std::max(deepest, of.size());
  }
  for (std::size_t kept = 1; kept <= deepest; ++kept) {
    std::vector<std::string> names;
    for (const std::vector<std::string>& of : parts) {
      std::string text;
      for (std::size_t i = of.size() - std::min(kept, of.size()); i < of.size(); ++i)
        text += (text.empty() || text.ends_with('/') ? "" : "/") + of[i];
      names.push_back(text);
    }
    std::vector<std::string> sorted = names;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) == sorted.end()) return names;
  }
  return paths;
}

report::ComparedRun compared_run(const RunFolder& run, const std::string& name) {
  const report::RunReport report = describe_run(run, Paths::hidden);
  report::ComparedRun of{.name = name,
                         .course = report.course,
                         .settings = settings_of(run, Paths::hidden),
                         .rows = "",
                         .parameters = report.parameters,
                         .compiled = run.state->card.compiled};
  if (const auto& scale = run.state->card.target_scale) of.target_scale = scale->way();
  if (!run.origin.identity.empty()) of.rows = nlohmann::json::parse(run.origin.identity).value("training rows", "");
  return of;
}

// Columns 1, 2, ... in groups that fit into `width` beside column 0: where each begins, and the end.
std::vector<std::size_t> groups_of(const std::vector<std::size_t>& widths, std::size_t width) {
  constexpr std::size_t gap = 2;
  std::vector<std::size_t> begins{1};
  std::size_t total = widths[0];
  for (std::size_t c = 1; c < widths.size(); ++c) {
    if (c > begins.back() && total + gap + widths[c] > width) {
      begins.push_back(c);
      total = widths[0];
    }
    total += gap + widths[c];
  }
  begins.push_back(widths.size());
  return begins;
}

// Names to the left, the runs side by side to the right, below one another where a terminal is too narrow; a star marks the
// best.
std::string table_text(const std::vector<report::ComparedRun>& runs, const std::vector<report::ComparedRow>& rows,
                       const std::string& title) {
  constexpr std::size_t widest_cell = 40, unlimited = 1'000'000;
  std::vector<std::vector<std::string>> lines{{title}};
  for (const report::ComparedRun& run : runs) lines[0].push_back(run.name);
  for (const report::ComparedRow& row : rows) {
    lines.push_back({row.name});
    for (std::size_t i = 0; i < row.texts.size(); ++i)
      lines.back().push_back(report::shortened(row.texts[i], widest_cell) + (row.best == i ? " *" : ""));
  }
  std::vector<std::size_t> widths(lines[0].size());
  for (std::vector<std::string>& line : lines) {
    for (std::size_t c = 0; c < line.size(); ++c) {
      line[c] = printable_line(line[c]);
      widths[c] = std::max(widths[c], character_count(line[c]));
    }
  }
  const auto cell = [&](const std::vector<std::string>& line, std::size_t c) {
    return line[c] + std::string(widths[c] - character_count(line[c]), ' ');
  };
  std::string text;
  const std::vector<std::size_t> groups = groups_of(widths, terminal_width(Stream::out, unlimited));
  for (std::size_t group = 0; group + 1 < groups.size(); ++group) {
    if (group > 0) text += "\n";
    for (const std::vector<std::string>& line : lines) {
      std::string one = cell(line, 0);
      for (std::size_t c = groups[group]; c < groups[group + 1]; ++c) one += "  " + cell(line, c);
      text += one.substr(0, one.find_last_not_of(' ') + 1) + "\n";
    }
  }
  return text;
}

std::string text_of(const std::vector<report::ComparedRun>& runs, const report::Comparison& comparison) {
  std::string text = table_text(runs, comparison.results, "results") + "\n";
  text +=
      comparison.settings.empty() ? "the settings are the same\n" : table_text(runs, comparison.settings, "settings");
  return text;
}

Json json_of(const report::ComparedRow& row) {
  Json values = Json::array();
  for (std::size_t i = 0; i < row.texts.size(); ++i) {
    if (i < row.numbers.size())
      values.push_back(row.numbers[i] ? Json(*row.numbers[i]) : Json());
    else
      values.push_back(row.texts[i]);
  }
  return values;
}

std::string json_of(const std::vector<report::ComparedRun>& runs, const report::Comparison& comparison,
                    const std::string& page) {
  Json object{{"runs", Json::array()}, {"results", Json::object()}, {"settings", Json::object()}};
  for (const report::ComparedRun& run : runs) object["runs"].push_back(run.name);
  for (const report::ComparedRow& row : comparison.results) object["results"][row.name] = json_of(row);
  for (const report::ComparedRow& row : comparison.settings) object["settings"][row.name] = json_of(row);
  object["notes"] = comparison.notes;
  object["files"] = Json::object();
  if (!page.empty()) object["files"]["page"] = page;
  return json_line(object);
}

void compare(const Settings& settings) {
  const std::vector<std::string>& paths = settings.arguments;
  if (paths.size() < 2)
    fail(ErrorKind::usage, "compare",
         "one folder, '" + paths[0] + "', expected two or more folders of millrace train --out");
  if (paths.size() > most_runs)
    fail(ErrorKind::usage, "compare",
         std::to_string(paths.size()) + " folders, expected at most " + std::to_string(most_runs));
  const std::string page = settings.text("page");
  if (!page.empty()) require_page_name("compare", "--page", page);
  require_writable({{"--page", page}});
  const std::vector<std::string> names = short_names(paths);
  std::vector<report::ComparedRun> runs;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const RunFolder run = open_run("compare", paths[i]);
    keep_apart("compare", read_files(run), {{"--page", page}});
    for (const std::string& missing : run.notes) note("[compare] " + names[i] + ": " + missing);
    runs.push_back(compared_run(run, names[i]));
  }
  const report::Comparison comparison = report::compared(runs);
  for (const std::string& sentence : comparison.notes) note("[compare] " + sentence);
  if (!page.empty()) write_file_atomically(page, report::comparison_page(runs, comparison));
  if (settings.boolean("json", false)) return print(json_of(runs, comparison, page));
  print(text_of(runs, comparison) + (page.empty() ? "" : "\nwrote       " + page + "\n"));
}

std::vector<HelpSection> notes() {
  return {
      {.text =
           "Results are those of the best epoch of each run by the value that it watched, else of its last one; a star "
           "marks the best run, but not by losses of different kinds. Settings are compared as run.toml has them; "
           "those that are the same are left out."}};
}

}  // namespace

Command compare_command() {
  return {"compare",
          "Shows how the settings and the results of runs differ",
          "DIR...",
          {{"page", "FILE.html", "Output", "Also write a page with the curves of the runs over one another"},
           {"json", "", "Output", "Print the comparison as one JSON object"}},
          notes,
          compare};
}

}  // namespace millrace::cli
