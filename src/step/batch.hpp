// SPDX-License-Identifier: Apache-2.0
//
// What a step gets and what it gives: the rows of a batch, and the sums of their losses.
#pragma once

#include <cstdint>
#include <span>

#include "millrace/data.hpp"
#include "millrace/options.hpp"

namespace millrace {

/// The rows of a batch, by their numbers in a table.
struct BatchSource {
  MatrixView features, targets;
  const float* weights = nullptr;         ///< of the table's rows in the loss; null: all 1
  std::span<const std::int64_t> rows;     ///< the table rows that make up the batch
  const float* metric_weights = nullptr;  ///< of the table's rows in the metrics; null: all 1
  const std::uint8_t* folds = nullptr;    ///< of the table's rows: Dataset::folds; null: none
};

/// Sums over the rows of a batch. They are added shard by shard, so they do not depend on the workers.
struct BatchSums {
  double loss = 0;     ///< sum of weight * row loss
  double weight = 0;   ///< what the loss is divided by: loss_divisor()
  double penalty = 0;  ///< regularisation terms, added to the mean
  /// The loss of the batch.
  [[nodiscard]] double mean() const { return (weight > 0 ? loss / weight : 0) + penalty; }
};

/// What the sum of weight * row loss is divided by: in Keras the number of rows, in PyTorch and scikit-learn the sum of
/// their weights. weights: of the table's rows, or null.
[[nodiscard]] double loss_divisor(Semantics semantics, const float* weights, std::span<const std::int64_t> rows);

}  // namespace millrace
