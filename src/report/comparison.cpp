// SPDX-License-Identifier: Apache-2.0
#include "report/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "base/names.hpp"
#include "report/charts/line_chart.hpp"
#include "report/html.hpp"
#include "report/page.hpp"
#include "report/series.hpp"
#include "run/epoch_values.hpp"

namespace millrace::report {

namespace {

constexpr const char* nothing = "-";

// Settings that say what is written and where, not what is computed.
bool is_about_files(const std::string& key) {
  return key == "out" || key == "cache" || key == "sidecar" || key == "report" || key.ends_with(".path");
}

std::vector<ComparedRow> different_settings(const std::vector<ComparedRun>& runs) {
  std::vector<std::string> keys;
  for (const ComparedRun& run : runs) {
    for (const Fact& fact : run.settings) {
      if (!is_about_files(fact.name) && !contains(keys, fact.name)) keys.push_back(fact.name);
    }
  }
  std::ranges::sort(keys);
  std::vector<ComparedRow> rows;
  for (const std::string& key : keys) {
    ComparedRow row{.name = key, .texts = {}};
    for (const ComparedRun& run : runs) {
      const auto at = std::ranges::find(run.settings, key, &Fact::name);
      row.texts.push_back(at == run.settings.end() ? nothing : at->text);
    }
    const bool differs = std::ranges::any_of(row.texts, [&](const std::string& text) { return text != row.texts[0]; });
    if (differs) rows.push_back(std::move(row));
  }
  return rows;
}

// The epoch whose weights the run's model has, as far as its history says: the best one, else the last.
const Epoch* reported_epoch(const Course& course) {
  if (course.epochs.empty()) return nullptr;
  const Epoch* const best = epoch_of(course.epochs, course.best_epoch);
  return best != nullptr ? best : &course.epochs.back();
}

std::vector<std::string> columns_of(const std::vector<ComparedRun>& runs) {
  std::vector<std::string> columns;
  for (const ComparedRun& run : runs) {
    for (const SeriesGroup& group : series_of(run.course.epochs)) {
      for (const Series& series : group.series) {
        if (!contains(columns, series.column)) columns.push_back(series.column);
      }
    }
  }
  return columns;
}

// What decides the value of a loss column: losses with their options and weights, and the scale of the targets.
struct LossKind {
  std::string target_scale;
  std::vector<std::pair<OpConfig, double>> terms;
  bool operator==(const LossKind&) const = default;
};

// Nothing if the column is not a loss.
std::optional<LossKind> loss_kind(std::string_view column, const ComparedRun& run) {
  const CompileOptions& compiled = run.compiled;
  const auto is_loss_of = [](std::string_view name, const OutputOptions& output) {
    return name == output.output + "_loss";
  };
  const auto is_of_output = [&](std::string_view name) {
    return std::ranges::any_of(compiled.outputs, [&](auto& output) { return is_loss_of(name, output); });
  };
  const std::string_view name = metric_in(column, is_of_output);
  LossKind kind{run.target_scale, {}};
  if (name == "loss") {
    kind.terms.emplace_back(compiled.loss, 1);
    for (const OutputOptions& output : compiled.outputs) kind.terms.emplace_back(output.loss, output.weight);
    return kind;
  }
  for (const OutputOptions& output : compiled.outputs) {
    if (is_loss_of(name, output)) kind.terms.emplace_back(output.loss, 1);
  }
  return kind.terms.empty() ? std::nullopt : std::optional(kind);
}

// Whether the numbers of the row can be compared: a loss of 0.3 in mse is not one of 0.3 in mae.
bool is_of_one_kind(const ComparedRow& row, const std::vector<ComparedRun>& runs) {
  std::optional<std::optional<LossKind>> first;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!row.numbers[i]) continue;
    const std::optional<LossKind> kind = loss_kind(row.name, runs[i]);
    if (first && *first != kind) return false;
    first = kind;
  }
  return true;
}

void mark_best(ComparedRow& row, bool larger) {
  std::optional<std::size_t> best;
  std::set<double> different;
  for (std::size_t i = 0; i < row.numbers.size(); ++i) {
    const std::optional<double>& number = row.numbers[i];
    if (!number || !std::isfinite(*number)) continue;
    different.insert(*number);
    if (!best || (larger ? *number > *row.numbers[*best] : *number < *row.numbers[*best])) best = i;
  }
  if (different.size() > 1) row.best = best;
}

template <class Number>
ComparedRow result(const std::vector<ComparedRun>& runs, const std::string& name, const Number& number_of) {
  ComparedRow row{.name = name, .texts = {}};
  for (const ComparedRun& run : runs) {
    const std::optional<double> number = number_of(run);
    row.numbers.push_back(number);
    row.texts.push_back(number ? short_text(*number) : nothing);
  }
  return row;
}

std::vector<ComparedRow> results_of(const std::vector<ComparedRun>& runs) {
  std::vector<ComparedRow> rows;
  using Value = std::optional<double>;
  for (const std::string& column : columns_of(runs)) {
    ComparedRow row = result(runs, column, [&](const ComparedRun& run) -> Value {
      const Epoch* const epoch = reported_epoch(run.course);
      if (epoch == nullptr) return std::nullopt;
      const std::vector<std::string> own = columns_of({run});
      if (!contains(own, column)) return std::nullopt;
      return value_in(*epoch, column);
    });
    const bool larger =
        std::ranges::any_of(runs, [&](const ComparedRun& run) { return larger_is_better_in(column, run.compiled); });
    if (is_of_one_kind(row, runs)) mark_best(row, larger);
    rows.push_back(std::move(row));
  }
  rows.push_back(result(runs, "epoch", [](const ComparedRun& run) -> Value {
    const Epoch* const epoch = reported_epoch(run.course);
    return epoch == nullptr ? Value() : static_cast<double>(epoch->number);
  }));
  rows.push_back(result(runs, "epochs",
                        [](const ComparedRun& run) -> Value { return static_cast<double>(run.course.epochs.size()); }));
  rows.push_back(result(runs, "seconds", [](const ComparedRun& run) -> Value {
    double seconds = 0;
    for (const Epoch& epoch : run.course.epochs) seconds += epoch.seconds;
    return seconds;
  }));
  rows.push_back(
      result(runs, "parameters", [](const ComparedRun& run) -> Value { return static_cast<double>(run.parameters); }));
  return rows;
}

HtmlTable table_of(const std::vector<ComparedRun>& runs, const std::vector<ComparedRow>& rows,
                   const std::string& caption) {
  HtmlTable table{
      .caption = caption, .headings = {rows.empty() || rows[0].numbers.empty() ? "setting" : "value"}, .rows = {}};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    table.headings.push_back(name(runs[i].name));
    if (rows.empty() || rows[0].numbers.empty()) table.text_columns.push_back(i + 1);
  }
  for (const ComparedRow& row : rows) {
    std::vector<std::string> cells{name(row.name)};
    for (std::size_t i = 0; i < row.texts.size(); ++i) {
      std::string cell = i < row.numbers.size() && row.numbers[i] ? value_as(*row.numbers[i], row.texts[i])
                                                                  : escaped(shortened(row.texts[i], 200));
      cells.push_back(row.best == i ? "<strong>" + cell + "</strong> (best)" : cell);
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::string curves_of(const std::vector<ComparedRun>& runs) {
  std::string figures;
  for (const std::string& column : columns_of(runs)) {
    LineChart chart{.title = column, .x = {.label = "epoch"}, .lines = {}, .says = ""};
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const std::vector<Epoch>& epochs = runs[i].course.epochs;
      Line line{.name = runs[i].name, .points = {}, .colour = static_cast<int>(i) + 1, .dots = epochs.size() == 1};
      const std::vector<std::string> own = columns_of({runs[i]});
      if (!contains(own, column)) continue;
      for (const Epoch& epoch : epochs)
        line.points.push_back({static_cast<double>(epoch.number), value_in(epoch, column)});
      chart.says += "<b>" + name(line.name) + "</b>: " + value(line.points.front().y) + " to " +
                    value(line.points.back().y) + ". ";
      line.points = thinned(line.points);
      chart.lines.push_back(std::move(line));
    }
    chart.says = paragraph(chart.says);
    figures += line_chart(chart);
  }
  return figures.empty() ? "" : "<div class=\"figures\">" + figures + "</div>\n";
}

}  // namespace

Comparison compared(const std::vector<ComparedRun>& runs) {
  Comparison comparison{.settings = different_settings(runs), .results = results_of(runs), .notes = {}};
  std::set<std::string> rows;
  for (const ComparedRun& run : runs) rows.insert(run.rows);
  if (rows.size() > 1)
    comparison.notes.emplace_back("the runs have other training rows, so their values are of different rows");
  const auto is_mixed = [&](const ComparedRow& row) { return !is_of_one_kind(row, runs); };
  if (std::ranges::any_of(comparison.results, is_mixed))
    comparison.notes.emplace_back(
        "the runs have other losses or scales of the target, so none has the best loss: compare them by a metric");
  return comparison;
}

std::string comparison_page(const std::vector<ComparedRun>& runs, const Comparison& comparison) {
  std::string results =
      html(table_of(runs, comparison.results, "Values of the best epoch of each run, or of its last"));
  for (const std::string& note : comparison.notes) results += paragraph("Note: " + escaped(note) + ".", "note");
  const std::string settings = comparison.settings.empty()
                                   ? paragraph("The settings of the runs are the same, as far as they are known.")
                                   : html(table_of(runs, comparison.settings, "Settings that differ"));
  std::vector<PagePart> parts{{"summary", "Results", results}, {"settings", "Settings", settings}};
  if (std::string curves = curves_of(runs); !curves.empty()) parts.push_back({"curves", "Curves", std::move(curves)});
  const std::string names = join(runs, ", ", [](const ComparedRun& run) { return name(run.name); });
  return page_of("Comparison of " + std::to_string(runs.size()) + " runs", std::to_string(runs.size()) + " runs",
                 names + ".", parts);
}

}  // namespace millrace::report
