// SPDX-License-Identifier: Apache-2.0
#include "prepare/preparation.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "prepare/column_values.hpp"
#include "table/storage/stored.hpp"
#include "threads/row_blocks.hpp"

namespace millrace {

Preparation Preparation::fit_standard(const Dataset& training) {
  const std::int64_t rows = training.rows();
  if (rows == 0) fail(ErrorKind::usage, "preparation", "the training set has no rows, expected some to standardise by");
  const auto columns = static_cast<std::size_t>(training.features.columns);
  const auto count = static_cast<double>(rows);

  Pass pass(storage_of(training));
  const std::int64_t row_bytes = training.features.stride * std::int64_t{sizeof(float)};
  // Two passes over the rows: a sum of squares less the square of a sum would cancel.
  std::vector<double> mean(columns), variance(columns);
  for (std::int64_t r = 0; r < rows; ++r) {
    pass.over(row_bytes);
    const float* const row = training.features.row(training.table_row(r));
    for (std::size_t c = 0; c < columns; ++c) mean[c] += row[c];
  }
  for (double& sum : mean) sum /= count;
  for (std::int64_t r = 0; r < rows; ++r) {
    pass.over(row_bytes);
    const float* const row = training.features.row(training.table_row(r));
    for (std::size_t c = 0; c < columns; ++c) variance[c] += (row[c] - mean[c]) * (row[c] - mean[c]);
  }

  Preparation preparation;
  for (std::size_t c = 0; c < columns; ++c) {
    preparation.mean.push_back(static_cast<float>(mean[c]));
    preparation.scale.push_back(divisor_beside(mean[c], std::sqrt(variance[c] / count)));
  }
  return preparation;
}

Preparation Preparation::select(const std::vector<std::int64_t>& chosen, const std::vector<bool>& unscaled) const {
  Preparation result;
  result.columns = chosen;
  for (std::size_t c = 0; c < chosen.size() && !mean.empty(); ++c) {
    const auto from = static_cast<std::size_t>(chosen[c]);
    result.mean.push_back(unscaled[c] ? 0.0F : mean.at(from));
    result.scale.push_back(unscaled[c] ? 1.0F : scale.at(from));
  }
  return result;
}

void Preparation::check_columns(std::int64_t count) const {
  const std::int64_t needed =
      columns.empty() ? std::ssize(mean) : *std::max_element(columns.begin(), columns.end()) + 1;
  if (columns.empty() ? count == needed || mean.empty() : count >= needed) return;
  fail(ErrorKind::usage, "preparation",
       "the features have " + counted(count, "column") + ", expected " + std::to_string(needed) +
           (columns.empty() ? " as in the training set" : " or more, which the model takes some of"));
}

std::int64_t Preparation::width(std::int64_t raw) const { return columns.empty() ? raw : std::ssize(columns); }

void Preparation::prepare_row(const float* in, std::int64_t raw, float* out) const {
  const std::int64_t count = width(raw);
  for (std::int64_t c = 0; c < count; ++c) {
    const auto at = static_cast<std::size_t>(c);
    const float value = in[columns.empty() ? c : columns[at]];
    out[c] = mean.empty() ? value : (value - mean[at]) / scale[at];
  }
}

void Preparation::apply(const float* in, std::int64_t rows, std::int64_t raw, float* out) const {
  if (empty()) {
    if (in != out) std::copy_n(in, rows * raw, out);
    return;
  }
  check_columns(raw);
  for (std::int64_t r = 0; r < rows; ++r) prepare_row(in + r * raw, raw, out + r * width(raw));
}

Dataset Preparation::apply(const Dataset& data, int threads) const {
  if (empty() && data.selection.empty()) return data;
  if (!empty()) check_columns(data.features.columns);
  const std::optional<RowStorage> storage = storage_of(data);
  Matrix features = unfilled_matrix(data.rows(), width(data.features.columns), storage);
  Matrix targets(data.targets.rows > 0 ? data.rows() : 0, data.targets.columns);
  std::vector<float> weights(data.weights.empty() ? 0 : static_cast<std::size_t>(data.rows()));
  std::vector<std::uint8_t> folds(data.folds.empty() ? 0 : static_cast<std::size_t>(data.rows()));
  for_row_blocks(data.rows(), threads, [&](IndexRange block) {
    if (storage)
      storage->passed(block.size() * (data.features.stride + features.columns()) * std::int64_t{sizeof(float)});
    for (std::int64_t r = block.begin; r < block.end; ++r) {
      const std::int64_t from = data.table_row(r);
      prepare_row(data.features.row(from), data.features.columns, features.row(r));
      if (targets.rows() > 0) std::copy_n(data.targets.row(from), data.targets.columns, targets.row(r));
      if (!weights.empty()) weights[r] = data.weights[from];
      if (!folds.empty()) folds[r] = data.folds[from];
    }
  });
  Dataset ready = data;
  if (!columns.empty() && !data.feature_names.empty()) {
    ready.feature_names.clear();
    for (const std::int64_t column : columns) ready.feature_names.push_back(data.feature_names.at(column));
  }
  ready.features = features.view();
  ready.targets = targets.view();
  ready.weights = std::move(weights);
  ready.folds = std::move(folds);
  ready.selection.clear();
  ready.owners = {features.owner(), targets.owner()};
  if (storage) storage->adopt(ready);
  return ready;
}

}  // namespace millrace
