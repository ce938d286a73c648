// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const Comparison comparison = compared(runs);
//   for (const ComparedRow& row : comparison.settings) ...           // what differs
//   write_file_atomically("compare.html", comparison_page(runs, comparison));
//
// Runs beside each other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/run_report.hpp"

namespace millrace::report {

struct ComparedRun {
  std::string name;
  Course course;
  std::vector<Fact> settings;
  std::string rows;  ///< checksum of the training rows; empty: not known
  std::int64_t parameters = 0;
  CompileOptions compiled;     ///< whose metrics say in which columns larger values are better
  std::string target_scale{};  ///< how the loss sees targets: "standard", "log1p"; empty: as they are
};

/// A setting or a result, by run.
struct ComparedRow {
  std::string name;
  std::vector<std::string> texts;                ///< "-" where a run has none
  std::vector<std::optional<double>> numbers{};  ///< of a result
  /// The run with the best number, if they differ; of losses only if all runs have the same one.
  std::optional<std::size_t> best{};
};

struct Comparison {
  std::vector<ComparedRow> settings;  ///< those that differ
  std::vector<ComparedRow> results;   ///< of the epoch whose weights each run has
  std::vector<std::string> notes;     ///< such as other training rows or losses
};

[[nodiscard]] Comparison compared(const std::vector<ComparedRun>& runs);

/// Both tables, and the curves of all runs over one another.
[[nodiscard]] std::string comparison_page(const std::vector<ComparedRun>& runs, const Comparison& comparison);

}  // namespace millrace::report
