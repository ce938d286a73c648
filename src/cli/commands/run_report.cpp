// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/run_report.hpp"

#include <algorithm>
#include <cmath>

#include "base/atomic_file.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/report.hpp"
#include "report/html.hpp"
#include "report/measure/facts.hpp"
#include "report/page.hpp"

namespace millrace::cli {

namespace {

void add_training(const TrainingFacts& facts, report::RunReport& report) {
  const History& history = facts.training.history;
  report.training_rows = facts.rows;
  report.course.weights_epoch = history.weights_epoch;
  report.course.stopped = history.stopped;
  report.steps = history.steps;
  report.phases = history.phases;
  report.layers = history.layers;
  constexpr double tiny = 5e-4;
  const auto add = [&](const char* name, double seconds) {
    if (seconds > tiny) report.times.push_back({name, report::duration_text(seconds)});
  };
  add("reading and preparing the table", facts.reading_seconds);
  add("writing checkpoints", history.saving_seconds);
  add("writing and checking the ONNX model", facts.export_seconds);
  if (history.steps > 0)
    report.times.push_back({"a step, the median", report::duration_text(history.step_microseconds * 1e-6)});
  report.times.push_back({"threads", std::to_string(history.threads) + " (" + history.thread_reason + ")"});
  report.times.push_back({"peak memory", std::to_string(std::llround(peak_rss_mib())) + " MiB"});
}

}  // namespace

std::string rows_text(std::int64_t rows, const std::string& which) {
  return "the " + report::count_text(static_cast<double>(rows)) + (rows == 1 ? " row " : " rows ") + which;
}

void add_rows(const Model& model, const RunFolder& run, const ReportRows& rows, const report::MeasureOptions& options,
              report::RunReport& report) {
  report.rows = report::measure_rows(model, rows.rows, options);
  report.rows->rows_are = rows.rows_are;
  report.rows->include_training = rows.include_training;
  report::describe_columns(model, *run.state, rows.rows, report.rows->importance, report);
}

void write_report(const OutputFolder& folder, const TrainConfig& config, const Model& model, const TrainingRows& rows,
                  const Split& parts, const TrainingFacts& facts) {
  const bool validated = parts.validation.rows() > 0;
  const Dataset& data = validated ? parts.validation : parts.train;
  const ReportRows measured{
      .rows = {.data = &data, .table = validated ? rows.validation_table() : rows.training_table()},
      .rows_are = rows_text(data.rows(), !data.folds.empty() ? held_out_by_members
                                         : validated         ? "held out of training"
                                                             : "of training"),
      .include_training = !validated};
  // The page may take 5 % of the run's time.
  constexpr double share = 0.05, least_seconds = 0.3;
  const double seconds = std::max(least_seconds, share * facts.training.history.seconds);
  const RunFolder run = open_run("train", config.out);
  report::RunReport report = describe_run(run, Paths::hidden);
  add_training(facts, report);
  add_rows(model, run, measured, {.seconds = seconds, .threads = config.threads}, report);
  write_file_atomically(folder.file(report_file), report::page_of(report));
}

// The error of the run matters more than one here.
void write_failed_report(const OutputFolder& folder, const TrainConfig& config) {
  try {
    write_file_atomically(folder.file(report_file),
                          report::page_of(describe_run(open_run("train", config.out), Paths::hidden)));
  } catch (const Error& error) {
    note(std::string("[train] there is no report: ") + error.what());
  }
}

}  // namespace millrace::cli
