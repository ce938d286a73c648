// SPDX-License-Identifier: Apache-2.0
//
// The values of one column in the training rows, without the missing ones, and their statistics in double.
#pragma once

#include <cstdint>
#include <vector>

namespace millrace {

class ColumnValues {
 public:
  ColumnValues() = default;
  /// `missing`: rows without a value, which `values` leaves out.
  ColumnValues(std::vector<double> values, std::int64_t missing) : values_(std::move(values)), missing_(missing) {}

  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(values_.size()); }
  [[nodiscard]] std::int64_t missing() const { return missing_; }
  [[nodiscard]] const std::vector<double>& values() const { return values_; }

  // All of them are 0 without values.
  [[nodiscard]] double mean() const;
  /// Of the population (ddof 0); 0 for a column that does not vary but for rounding errors.
  [[nodiscard]] double deviation() const;
  [[nodiscard]] double least() const;
  [[nodiscard]] double most() const;
  /// Interpolated between neighbours, as NumPy's quantile does. share in [0, 1].
  [[nodiscard]] double quantile(double share) const;
  /// The smallest of the most frequent values.
  [[nodiscard]] double most_frequent() const;

 private:
  std::vector<double> values_;
  std::int64_t missing_ = 0;
};

/// What a column of fp32 numbers around `offset` is divided by: its spread. A spread within the rounding of the offset is
/// no variation: the divisor is 1 at least, because another number, divided by so little, would become a huge one.
[[nodiscard]] float divisor_beside(double offset, double spread);

}  // namespace millrace
