// SPDX-License-Identifier: Apache-2.0
#include "step/batch.hpp"

namespace millrace {

double loss_divisor(Semantics semantics, const float* weights, std::span<const std::int64_t> rows) {
  if (weights == nullptr || semantics == Semantics::keras) return static_cast<double>(rows.size());
  double sum = 0;
  for (const std::int64_t row : rows) sum += static_cast<double>(weights[row]);
  return sum;
}

}  // namespace millrace
