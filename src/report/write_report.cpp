// SPDX-License-Identifier: Apache-2.0
#include "millrace/report.hpp"

#include <algorithm>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "base/text.hpp"
#include "millrace/targets.hpp"
#include "model/files/checkpoint.hpp"
#include "report/html.hpp"
#include "report/measure/facts.hpp"
#include "report/measure/rows.hpp"
#include "report/page.hpp"
#include "report/series.hpp"

namespace millrace {

namespace {

using report::MeasuredRows;
using report::RunReport;

void write(const std::string& path, const Model& model, const MeasuredRows& rows, const ReportOptions& options) {
  if (!model.compiled().has_loss())
    fail(ErrorKind::usage, "report", "the model has no loss, expected a call of compile()");
  if (!(options.seconds >= 0))
    fail(ErrorKind::usage, "report", "seconds is " + number_text(options.seconds) + ", expected 0 or more");
  if (rows.table == nullptr && !model.table_columns().empty())
    fail(ErrorKind::usage, "report", "the model takes a table with columns by name, expected the raw rows as well");
  Model::State state;
  read_checkpoint(parse_tensors(model.checkpoint_bytes(), "report"), "report", state);
  RunReport page;
  report::describe_model(state, page);
  if (!options.title.empty()) page.title = options.title;
  page.course.epochs = options.epochs;
  // By the validation loss, as `millrace train` chooses it where no callback watches another value.
  report::find_best(page.course, WatchedValue());
  const auto count = static_cast<double>(rows.data->rows());
  page.rows = report::measure_rows(model, rows, {.seconds = options.seconds, .threads = options.threads});
  page.rows->rows_are = "the " + report::count_text(count) + (count == 1 ? " row " : " rows ") +
                        (options.rows_are.empty() ? "that were given" : options.rows_are);
  page.rows->include_training = options.include_training;
  report::describe_columns(model, state, rows, page.rows->importance, page);
  write_file_atomically(path, report::page_of(page));
}

}  // namespace

void write_report(const std::string& path, const Model& model, const Dataset& data, const ReportOptions& options,
                  const Table* table) {
  write(path, model, {.data = &data, .table = table}, options);
}

void write_report(const std::string& path, const Model& model, const Table& table, const ReportOptions& options) {
  Dataset data = model.prepared(table, options.threads);
  fit_targets(data, model);
  write(path, model, {.data = &data, .table = &table}, options);
}

}  // namespace millrace
