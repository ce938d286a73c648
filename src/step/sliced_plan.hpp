// SPDX-License-Identifier: Apache-2.0
//
// The plans of a batch that is cut into slices: one for each slice that this rank owns. A whole batch is one slice.
// Everything inside a slice is decided by its rows, so neither the number of ranks nor that of threads can change a bit of
// the result.
#pragma once

#include <memory>
#include <vector>

#include "step/plan.hpp"
#include "step/ranks.hpp"

namespace millrace {

/// The most slices of a batch: more would be for more ranks than any batch has rows for.
inline constexpr std::int64_t most_slices = 1024;

class SlicedPlan {
 public:
  /// For batches of `batch` rows in `slices` slices; a batch of fewer rows has a slice for each.
  SlicedPlan(const Network& network, ParameterStore& store, const Loss* loss, std::int64_t batch, std::int64_t slices,
             const StepPosition& position, const Ranks& ranks);

  [[nodiscard]] std::int64_t batch() const { return batch_; }
  [[nodiscard]] const SlicesOfRanks& shares() const { return shares_; }
  [[nodiscard]] std::int64_t slices() const { return shares_.slices; }
  [[nodiscard]] IndexRange owned() const { return shares_.owned(); }
  /// Rows of the batch.
  [[nodiscard]] IndexRange rows(std::int64_t slice) const { return even_part(batch_, slices(), slice); }
  /// One for each owned slice. A rank that owns none has a plan of one row that it never computes: its layers keep the
  /// moving statistics that all ranks have.
  [[nodiscard]] std::vector<std::unique_ptr<Plan>>& plans() { return plans_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Plan>>& plans() const { return plans_; }
  [[nodiscard]] std::int64_t worker_scratch() const;
  [[nodiscard]] std::string describe() const;

 private:
  std::int64_t batch_;
  SlicesOfRanks shares_;
  std::vector<std::unique_ptr<Plan>> plans_;
};

}  // namespace millrace
