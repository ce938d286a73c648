// SPDX-License-Identifier: Apache-2.0
#include "data/preparation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "millrace/error.hpp"

namespace millrace {

namespace {

void standardise(const float* in, const std::vector<float>& mean, const std::vector<float>& scale, float* out) {
  for (std::size_t c = 0; c < mean.size(); ++c) out[c] = (in[c] - mean[c]) / scale[c];
}

// Whether a variance is nothing but rounding errors, as scikit-learn decides it (_is_constant_feature).
bool is_constant(double variance, double mean, double rows) {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  return variance <= rows * epsilon * variance + std::pow(rows * mean * epsilon, 2);
}

}  // namespace

Preparation Preparation::fit_standard(const Dataset& training) {
  const std::int64_t rows = training.rows();
  if (rows == 0) fail(ErrorKind::usage, "preparation", "the training set has no rows, expected some to standardise by");
  const auto columns = static_cast<std::size_t>(training.features.columns);
  const auto count = static_cast<double>(rows);

  // Two passes over the rows: a sum of squares less the square of a sum would cancel.
  std::vector<double> mean(columns), variance(columns);
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* const row = training.features.row(training.table_row(r));
    for (std::size_t c = 0; c < columns; ++c) mean[c] += row[c];
  }
  for (double& sum : mean) sum /= count;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* const row = training.features.row(training.table_row(r));
    for (std::size_t c = 0; c < columns; ++c) variance[c] += (row[c] - mean[c]) * (row[c] - mean[c]);
  }

  Preparation preparation;
  for (std::size_t c = 0; c < columns; ++c) {
    const double deviation = std::sqrt(variance[c] / count);
    const auto scale = static_cast<float>(deviation);
    preparation.mean.push_back(static_cast<float>(mean[c]));
    // Differences of the smallest floats can have a deviation that no float can hold.
    preparation.scale.push_back(is_constant(variance[c] / count, mean[c], count) || scale == 0 ? 1.0F : scale);
  }
  return preparation;
}

void Preparation::check_columns(std::int64_t columns) const {
  if (static_cast<std::int64_t>(mean.size()) == columns) return;
  fail(ErrorKind::usage, "preparation",
       "the features have " + std::to_string(columns) + " columns, expected " + std::to_string(mean.size()) +
           " as in the training set");
}

void Preparation::apply(const float* in, std::int64_t rows, std::int64_t columns, float* out) const {
  if (empty()) {
    if (in != out) std::copy_n(in, rows * columns, out);
    return;
  }
  check_columns(columns);
  for (std::int64_t r = 0; r < rows; ++r) standardise(in + r * columns, mean, scale, out + r * columns);
}

Dataset Preparation::apply(const Dataset& data) const {
  if (empty() && data.selection.empty()) return data;
  if (!empty()) check_columns(data.features.columns);
  Matrix features(data.rows(), data.features.columns),
      targets(data.targets.rows > 0 ? data.rows() : 0, data.targets.columns);
  std::vector<float> weights(data.weights.empty() ? 0 : static_cast<std::size_t>(data.rows()));
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const std::int64_t from = data.table_row(r);
    if (empty()) {
      std::copy_n(data.features.row(from), data.features.columns, features.row(r));
    } else {
      standardise(data.features.row(from), mean, scale, features.row(r));
    }
    if (targets.rows() > 0) std::copy_n(data.targets.row(from), data.targets.columns, targets.row(r));
    if (!weights.empty()) weights[static_cast<std::size_t>(r)] = data.weights[static_cast<std::size_t>(from)];
  }
  Dataset ready = data;
  ready.features = features.view();
  ready.targets = targets.view();
  ready.weights = std::move(weights);
  ready.selection.clear();
  ready.owners = {features.owner(), targets.owner()};
  return ready;
}

}  // namespace millrace
