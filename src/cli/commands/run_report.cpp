// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/run_report.hpp"

#include <algorithm>
#include <chrono>

#include "base/atomic_file.hpp"
#include "base/stopwatch.hpp"
#include "cli/commands/table.hpp"
#include "cli/screen/console.hpp"
#include "cli/settings/config_file.hpp"
#include "report/html.hpp"
#include "report/measure/facts.hpp"
#include "report/page.hpp"
#include "report/run_events.hpp"

namespace millrace::cli {

namespace {

void add_training(const TrainingFacts& facts, report::RunReport& report) {
  report.training_rows = facts.rows;
  report.course.weights_epoch = facts.training.history.weights_epoch;
  report.course.stopped = facts.training.history.stopped;
  report.course.planned = 0;
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
  const Stopwatch watch;
  const RunFolder run = open_run("train", config.out);
  report::RunReport report = describe_run(run, Paths::hidden);
  add_training(facts, report);
  // The page may take 5 % of the run's time, or 0.3 s. Half of that is for everything that takes no longer if there is more
  // time: the file of the run, the scores, the text of the page.
  constexpr double share = 0.05, least_seconds = 0.3, part = 0.5;
  const double seconds = part * std::max(least_seconds, share * facts.training.history.seconds) - watch.seconds();
  add_rows(model, run, measured, {.seconds = std::max(0.0, seconds), .threads = config.fit.threads}, report);
  write_file_atomically(folder.file(report_file), report::page_of(report));
}

void write_tensorboard(const std::vector<CallbackConfig>& callbacks, const OutputFolder& folder, const Model& model,
                       const Split& parts, const Training& training, const TrainConfig& config) {
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  for (const CallbackConfig& callback : callbacks) {
    if (callback.op != TensorBoard::op) continue;
    const Settings settings = read_config_file(folder.file(config_file), command_named("train"));
    report::write_run_events(std::get<std::string>(callback.options.at("path")), model,
                             {.settings = settings_of(settings, Paths::hidden),
                              .began = now - training.history.seconds,
                              .ended = now,
                              .epoch = std::ssize(training.history.epochs),
                              .rows = parts.validation.rows() > 0 ? &parts.validation : &parts.train,
                              .threads = config.fit.threads});
  }
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
