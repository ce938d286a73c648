// SPDX-License-Identifier: Apache-2.0
//
// Metrics that are the weighted mean of a number of every row.
#pragma once

#include "ops/metrics/metric.hpp"

namespace millrace {

/// `Self` has of_row(rows, row), the number of a row.
template <class Self>
class RowMean : public SumMetric {
 public:
  std::int64_t state_size(std::int64_t) const final { return 2; }  // weighted sum, weights
  void update(const MetricBatch& rows, std::span<double> sums) const final {
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      const double weight = rows.weight(r);
      sums[0] += weight * static_cast<const Self&>(*this).of_row(rows, r);
      sums[1] += weight;
    }
  }

 protected:
  double value(std::span<const double> sums) const override { return sums[1] > 0 ? sums[0] / sums[1] : 0; }
};

}  // namespace millrace
