// SPDX-License-Identifier: Apache-2.0
//
// DIR/times.json: where the time of a training went, with its threads and its memory. docs/files.md describes the fields.
#pragma once

#include <optional>
#include <string>

#include "millrace/training.hpp"
#include "report/run_report.hpp"

namespace millrace::cli {

/// What History does not say. Seconds.
struct TimesAround {
  double reading = 0;    ///< reading and preparing the table
  double exporting = 0;  ///< writing and checking the ONNX model
};

void write_times(const std::string& path, const History& history, const TimesAround& around);

/// Adds what the file says to the report. A file that is not there or cannot be read is left out; the latter is a note.
void add_times(const std::string& path, report::RunReport& report);

}  // namespace millrace::cli
