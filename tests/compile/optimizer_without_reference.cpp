// SPDX-License-Identifier: Apache-2.0
//
// An optimizer that leaves out the formula in double, which the tests compare with, gets no row in the table.
// expected: abstract
#include "millrace/optimizers.hpp"
#include "ops/optimizers/optimizer.hpp"

namespace {

class Still final : public millrace::Optimizer {
 public:
  explicit Still(const millrace::Sgd&) {}
  [[nodiscard]] double learning_rate() const override { return 0; }
  [[nodiscard]] std::vector<std::string_view> slots() const override { return {}; }
  [[nodiscard]] millrace::StepConstants constants(std::int64_t, double) const override { return {}; }
  void update(const millrace::UpdateBlock&, const millrace::StepConstants&) const override {}
#ifndef WRONG
  void reference(double&, std::span<double>, double, std::int64_t, double) const override {}
#endif
};

}  // namespace

millrace::OptimizerRow still_row() { return millrace::optimizer_row_of<millrace::Sgd, Still>("leaves every weight as it is"); }
