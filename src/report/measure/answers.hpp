// SPDX-License-Identifier: Apache-2.0
//
// What a model says about rows, beside the truth.
#pragma once

#include <cstdint>
#include <vector>

#include "base/finite.hpp"
#include "millrace/model.hpp"
#include "model/answer.hpp"

namespace millrace::report {

struct Answers {
  Answer answer;                       ///< kind none: several labels, or several outputs with losses of their own
  bool are_numbers = false;            ///< targets are numbers, one output each
  Matrix scores;                       ///< [rows x outputs]
  std::vector<double> weights;         ///< by row; empty: every row counts as one
  std::vector<std::int64_t> actual{};  ///< classes by row, if the answer is one
  std::vector<std::int64_t> predicted{};
  std::int64_t not_finite = 0;  ///< rows with a score that is NaN or infinite

  [[nodiscard]] double weight(std::int64_t r) const { return weights.empty() ? 1.0 : weights[r]; }
  /// Whether no score of the row is NaN or infinite.
  [[nodiscard]] bool is_finite(std::int64_t r) const { return all_finite(scores.row(r), scores.columns()); }
};

/// threshold: of Answer::either; the model's.
[[nodiscard]] Answers answers_of(const Model& model, const Dataset& data, int threads);

/// Whether the scores of each row are probabilities: one in [0, 1], or several that add up to 1.
[[nodiscard]] bool are_probabilities(const Answers& answers);

[[nodiscard]] ConfusionMatrix confusion_of(const Answers& answers);

}  // namespace millrace::report
