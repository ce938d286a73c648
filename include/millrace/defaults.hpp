// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const TrainingShape shape{.rows = 8000, .columns = 30, .task = Task::classification, .classes = 3};
//   Model model(default_layers(shape));                 // or of ensemble(), with default_members() copies
//   model.compile({.loss = default_loss(model.layers().back(), shape)});
//
// A sound network and loss for somebody who has named neither.
#pragma once

#include <cstdint>
#include <vector>

#include "millrace/config.hpp"

namespace millrace {

enum class Task : std::uint8_t {
  regression,     ///< targets are numbers
  classification  ///< targets are classes
};

/// What the choices depend on.
struct TrainingShape {
  std::int64_t rows = 0;     ///< that train
  std::int64_t columns = 0;  ///< of the table, features only
  Task task = Task::regression;
  std::int64_t targets = 1;  ///< target columns: several numbers, or one column for each class
  std::int64_t classes = 0;  ///< of a classification
};

/// Two hidden relu layers, wider for more rows, and the output layer: one linear unit for each number, one sigmoid for two
/// classes in one column, one softmax unit for each of more classes. With a loss that takes another kind of output the last
/// layer follows it: exponential for poisson, linear for losses of logits and margins (hinge). Throws Error{usage} for a
/// classification with fewer than two classes.
[[nodiscard]] std::vector<LayerConfig> default_layers(const TrainingShape& shape, const LossConfig& loss = {});

/// The loss for a network that ends in `last`: mse for numbers; for classes a cross-entropy that fits the last
/// activation: sigmoid, softmax, or linear for logits. Throws Error{usage} for another activation.
[[nodiscard]] LossConfig default_loss(const LayerConfig& last, const TrainingShape& shape);

/// Training without a number of epochs: a fifth of the rows is held out, and the run ends after `patience` epochs without
/// a better validation loss, with the weights of the best epoch.
struct DefaultTraining {
  double validation = 0.2;
  std::int64_t epochs = 200;
  std::int64_t patience = 15;
};

/// Members of the ensemble(): five, or one network where many rows make an ensemble slow and teach one network enough.
[[nodiscard]] std::int64_t default_members(std::int64_t rows);

/// Rows of a step: more for more rows, so that an epoch has enough steps and a step enough work.
[[nodiscard]] std::int64_t default_batch(std::int64_t rows);

}  // namespace millrace
