// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const PredictionTable table(model, ',');
//   table.header() + table.row(outputs.row(r))
//
// The outputs of a model as CSV or TSV: a column for each output unit, then `prediction` if a row has one answer.
#pragma once

#include <string>
#include <vector>

#include "millrace/model.hpp"

namespace millrace::cli {

class PredictionTable {
 public:
  PredictionTable(const Model& model, char delimiter);

  [[nodiscard]] std::string header() const;
  /// outputs: as many as the model has units.
  [[nodiscard]] std::string row(const float* outputs) const;

 private:
  enum class Answer {
    none,    // several numbers or labels
    value,   // the single output
    either,  // one of two classes, decided by the single output
    largest  // the class with the largest output
  };

  void name_outputs(const Model& model, std::size_t outputs);

  char delimiter_;
  std::vector<std::string> names_;    // of the outputs' columns
  std::vector<std::string> classes_;  // as cells of the column `prediction`
  Answer answer_ = Answer::none;
  float threshold_ = 0.5F;  // above it, a single output means the second class
};

}  // namespace millrace::cli
