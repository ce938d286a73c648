// SPDX-License-Identifier: Apache-2.0
//
// A metric that leaves out a part of what a metric is.
// expected: abstract
#include "ops/metrics/metric.hpp"

namespace {

class Count final : public millrace::SumMetric {
 public:
  [[nodiscard]] std::int64_t state_size(std::int64_t) const override { return 1; }
  [[nodiscard]] bool larger_is_better() const override { return true; }
  void update(const millrace::MetricBatch& rows, std::span<double> state) const override {
    state[0] += static_cast<double>(rows.rows);
  }
#ifndef WRONG

 protected:
  [[nodiscard]] double value(std::span<const double> sums) const override { return sums[0]; }
#endif
};

}  // namespace

std::shared_ptr<const millrace::Metric> make_count() { return std::make_shared<Count>(); }
