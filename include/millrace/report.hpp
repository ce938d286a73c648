// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const History history = model.fit(training, {.epochs = 100, .validation = &test});
//   write_report("report.html", model, test, {.epochs = history.epochs, .rows_are = "held out of training"});
//
// The page that `millrace train --report` writes: one file that loads nothing, for any browser. It has no cells of the
// table: counts between round numbers, and names of levels that ten rows or more have.
#pragma once

#include <string>
#include <vector>

#include "millrace/model.hpp"

namespace millrace {

struct ReportOptions {
  std::vector<Epoch> epochs{};    ///< of the run, for the curves; empty: there are none
  std::string title{};            ///< empty: the names of the target columns
  std::string rows_are{};         ///< completes "the 114 rows ..."; empty: "that were given"
  bool include_training = false;  ///< whether the model was trained on some of the rows
  double seconds = 30;            ///< time to measure which columns are important, and how the answer depends on them
  int threads = 0;                ///< 0: the processor budget
};

/// Writes a page about the model, measured on these rows with their targets as the loss takes them. table: of a model of
/// a table (Model::prepare), the raw rows that `data` was prepared from; else null. The file appears whole.
/// Throws Error: usage (no loss, no weights, seconds below 0, rows that do not fit the model, a path that is no file's),
/// environment (the file cannot be written).
void write_report(const std::string& path, const Model& model, const Dataset& data, const ReportOptions& options = {},
                  const Table* table = nullptr);
/// The same from the raw rows with their target.
void write_report(const std::string& path, const Model& model, const Table& table, const ReportOptions& options = {});

}  // namespace millrace
