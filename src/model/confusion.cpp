// SPDX-License-Identifier: Apache-2.0
#include "millrace/confusion.hpp"

#include <cmath>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "model/answer.hpp"
#include "model/state.hpp"
#include "ops/metrics/metric.hpp"

namespace millrace {

double ConfusionMatrix::count(std::size_t actual, std::size_t predicted) const {
  for (const std::size_t index : {actual, predicted})
    if (index >= classes.size())
      fail(ErrorKind::usage, "confusion",
           "there is no class " + std::to_string(index) + ", expected one of " +
               counted(classes.size(), "class", "classes") + ", counted from 0");
  return counts[actual * classes.size() + predicted];
}

ConfusionMatrix Model::confusion(const Dataset& data, std::optional<double> threshold, int threads) const {
  if (threshold && std::isnan(*threshold))
    fail(ErrorKind::usage, "confusion", "the threshold is nan, expected a number");
  double limit = 0;
  std::vector<std::string> names;
  {
    const Gate::Reading seat(state_->gate, "confusion");
    const std::shared_ptr<const Objective> objective = state_->objective("confusion");
    if (!state_->card.compiled.outputs.empty())
      fail(ErrorKind::usage, "confusion", "the model has several outputs, expected one that tells classes apart");
    state_->check_rows(data, *objective, "confusion");
    names = state_->card.classes;
    limit = threshold.value_or(state_->card.threshold.value_or(objective->loss->threshold()));
  }
  const Matrix scores = predict(data, threads);
  const std::int64_t outputs = scores.columns();
  const auto classes = static_cast<std::size_t>(outputs == 1 ? 2 : outputs);
  ConfusionMatrix matrix;
  for (std::size_t k = 0; k < classes; ++k)
    matrix.classes.push_back(names.size() == classes ? names[k] : std::to_string(k));
  matrix.counts.resize(classes * classes);
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const std::int64_t row = data.table_row(r);
    const bool binary = outputs == 1;
    const auto predicted = static_cast<std::size_t>(binary ? scores.row(r)[0] > static_cast<float>(limit)
                                                           : first_largest(scores.row(r), outputs));
    const auto actual = static_cast<std::size_t>(actual_class(data.targets, row, binary));
    matrix.counts[actual * classes + predicted] += data.weights.empty() ? 1.0 : static_cast<double>(data.weights[row]);
  }
  return matrix;
}

}  // namespace millrace
