// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const PredictionTable table(model, {.delimiter = ',', .kept = {"id"}});
//   table.header() + table.row(outputs.row(r), {"17"})
//
// The outputs of a model as CSV or TSV: columns of the input that are kept, a column for each output unit, then
// `prediction` if a row has one answer. Of several outputs, each that tells classes apart has an answer of its own:
// `kind_prediction`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "millrace/model.hpp"
#include "model/answer.hpp"

namespace millrace::cli {

struct PredictionStyle {
  char delimiter = ',';
  std::optional<double> threshold{};  ///< a single output above it means the second class; default: that of the loss
  bool classes_only = false;          ///< no columns of outputs
  std::vector<std::string> kept{};    ///< names of the columns that are kept
};

/// A line of CSV as in RFC 4180; cells are quoted only if necessary: a single empty one is "", as
/// readers skip lines without any character.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells, char delimiter);

class PredictionTable {
 public:
  /// Throws Error{usage} for a threshold or classes_only where no output stands for a class.
  PredictionTable(const Model& model, const PredictionStyle& style);

  /// No two names are the same: a name that is taken already gets a number.
  [[nodiscard]] std::string header() const;
  /// outputs: as many as the model has units, or null for a row without a score. kept: one cell a column.
  [[nodiscard]] std::string row(const float* outputs, const std::vector<std::string>& kept = {}) const;

 private:
  // A column of answers, from the outputs `first`, `first` + 1, ...
  struct AnswerColumn {
    std::string name;
    std::int64_t first = 0;
    Answer answer;
    std::vector<std::string> classes{};  // as cells
  };

  void find_answers(const Model& model);
  void check(const Model& model) const;
  [[nodiscard]] std::vector<std::string> usual_names(const Model& model, std::size_t outputs) const;
  void name_outputs(const Model& model, std::size_t outputs);

  PredictionStyle style_;
  bool several_ = false;            // outputs
  std::vector<std::string> names_;  // of the outputs' columns
  std::vector<AnswerColumn> answers_;
};

}  // namespace millrace::cli
