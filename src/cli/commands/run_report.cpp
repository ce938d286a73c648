// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/run_report.hpp"

#include <cmath>

#include "cli/screen/report.hpp"
#include "report/html.hpp"
#include "report/measure/facts.hpp"

namespace millrace::cli {

void add_rows(const Model& model, const RunFolder& run, const ReportRows& rows, const report::MeasureOptions& options,
              report::RunReport& report) {
  report.rows = report::measure_rows(model, rows.rows, options);
  report.rows->rows_are = rows.rows_are;
  report.rows->include_training = rows.include_training;
  report::describe_columns(model, *run.state, rows.rows, report.rows->importance, report);
}

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

}  // namespace millrace::cli
