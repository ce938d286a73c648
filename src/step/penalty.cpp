// SPDX-License-Identifier: Apache-2.0
#include "step/penalty.hpp"

#include <cmath>

namespace millrace {

PenaltyScale penalty_scale(Semantics semantics, double loss_divisor) {
  if (semantics != Semantics::sklearn) return {};
  return loss_divisor > 0 ? PenaltyScale{1 / loss_divisor, 0.5 / loss_divisor} : PenaltyScale{0, 0};
}

double penalty_of(const ParameterSpec& spec, PenaltyScale scale, const float* weights, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto w = static_cast<double>(weights[i]);
    sum += scale.l1 * spec.l1 * std::abs(w) + scale.l2 * spec.l2 * w * w;
  }
  return sum;
}

double penalty_of(const Network& network, const ParameterStore& store, PenaltyScale scale) {
  double sum = 0;
  for (int i = 0; i < std::ssize(network.parameters()); ++i) {
    const ParameterSpec& spec = network.parameters()[i].spec;
    if (spec.l1 == 0 && spec.l2 == 0) continue;
    const IndexRange extent = store.extent(i);  // padding is zero and adds nothing
    sum += penalty_of(spec, scale, store.buffer(ParameterStore::weights).data() + extent.begin, extent.size());
  }
  return sum;
}

}  // namespace millrace
