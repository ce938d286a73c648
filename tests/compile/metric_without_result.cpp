// SPDX-License-Identifier: Apache-2.0
//
// A metric that leaves out a part of what a metric is.
// expected: abstract
#include "ops/metrics/metric.hpp"

namespace {

class Count final : public millrace::Metric {
 public:
  [[nodiscard]] std::int64_t state_size() const override { return 1; }
  void update(const millrace::MetricRows& rows, std::span<double> state) const override {
    state[0] += static_cast<double>(rows.rows);
  }
#ifndef WRONG
  [[nodiscard]] double result(std::span<const double> state) const override { return state[0]; }
#endif
};

}  // namespace

std::shared_ptr<const millrace::Metric> make_count() { return std::make_shared<Count>(); }
