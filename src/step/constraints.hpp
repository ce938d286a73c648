// SPDX-License-Identifier: Apache-2.0
//
// Limits of the norms of weights (ParameterSpec::max_norm), as Keras's max_norm: every column w of the parameter
// becomes
//   w * min(|w|, limit) / (|w| + 1e-7)
// Columns of a weight lie in several tiles, so this is a phase of its own after the update.
#pragma once

#include <vector>

#include "step/parameter_store.hpp"

namespace millrace {

class Constraints {
 public:
  Constraints(const Network& network, ParameterStore& store);

  [[nodiscard]] std::int64_t jobs() const { return std::ssize(columns_); }
  /// Limits the norms of some columns. Different jobs may run at the same time.
  void apply(std::int64_t job);

 private:
  struct Columns {
    int parameter = 0;
    GradientBlock block;
  };
  const Network* network_;
  ParameterStore* store_;
  std::vector<Columns> columns_;  // by job
};

}  // namespace millrace
