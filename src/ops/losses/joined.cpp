// SPDX-License-Identifier: Apache-2.0
#include "ops/losses/joined.hpp"

#include <algorithm>

namespace millrace {

namespace {

template <class Number>
StridedRows<Number> columns_from(const StridedRows<Number>& rows, std::int64_t first) {
  return {rows.data == nullptr ? nullptr : rows.data + first, rows.stride};
}

LossBatch part_of(const LossBatch& rows, const LossPart& part, double* sum) {
  LossBatch own = rows;
  own.outputs = part.outputs;
  own.output = columns_from(rows.output, part.first_output);
  own.target = columns_from(rows.target, part.first_target);
  own.prediction = part.fused ? columns_from(rows.prediction, part.first_output) : StridedRows<float>{};
  own.delta = columns_from(rows.delta, part.first_output);
  own.scale = static_cast<float>(part.weight * static_cast<double>(rows.scale));
  own.row_losses_sum = sum;
  return own;
}

// Outputs whose activation is no loss's are predictions already.
void copy_predictions(const LossBatch& rows, const LossPart& part) {
  for (std::int64_t r = 0; r < rows.rows; ++r)
    std::copy_n(rows.output.row(r) + part.first_output, part.outputs, rows.prediction.row(r) + part.first_output);
}

}  // namespace

std::string JoinedLoss::column_problem(std::int64_t column, float value, std::int64_t) const {
  for (const LossPart& part : parts_) {
    if (column >= part.first_target && column < part.first_target + part.targets)
      return part.loss->column_problem(column - part.first_target, value, part.outputs);
  }
  return {};
}

std::string JoinedLoss::column_remedy(std::int64_t column, float value, std::int64_t) const {
  for (const LossPart& part : parts_) {
    if (column >= part.first_target && column < part.first_target + part.targets)
      return part.loss->column_remedy(column - part.first_target, value, part.outputs);
  }
  return {};
}

void JoinedLoss::rows(const LossBatch& rows, bool) const {
  double total = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const LossPart& part = parts_[i];
    if (rows.prediction.data != nullptr && !part.fused) copy_predictions(rows, part);
    if (part.loss == nullptr) continue;
    double sum = 0;
    LossBatch own = part_of(rows, part, &sum);
    if (rows.member_weights.data != nullptr) own.weights = rows.member_weights.row(static_cast<std::int64_t>(i));
    part.loss->rows(own, part.fused);
    total += part.weight * sum;
  }
  *rows.row_losses_sum = total / members_;
}

double JoinedLoss::reference(std::span<const double> output, std::span<const double> target) const {
  double total = 0;
  for (const LossPart& part : parts_) {
    if (part.loss == nullptr) continue;
    total += part.weight * part.loss->reference(output.subspan(part.first_output, part.outputs),
                                                target.subspan(part.first_target, part.targets));
  }
  return total / members_;
}

}  // namespace millrace
