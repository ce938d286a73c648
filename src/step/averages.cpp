// SPDX-License-Identifier: Apache-2.0
#include "step/averages.hpp"

#include <algorithm>

#include "base/vectorize.hpp"

namespace millrace {

namespace {

// a = m a + (1 - m) w
MILLRACE_INLINE void average_run(float* __restrict a, const float* __restrict w, std::int64_t count, float momentum) {
  for (std::int64_t i = 0; i < count; ++i) a[i] += (w[i] - a[i]) * (1 - momentum);
}

}  // namespace

WeightAverages::WeightAverages(const Network& network, ParameterStore& store, const UpdateOptions& options)
    : network_(&network),
      store_(&store),
      momentum_(options.ema_momentum),
      overwrite_frequency_(options.ema_overwrite_frequency.value_or(0)),
      buffer_(options.use_ema ? store.add_buffer(buffer_name) : -1) {}

// Averages start at 0, and after the first update they are the weights.
void WeightAverages::take(const UpdateBlock& piece, std::int64_t iteration) {
  if (!kept()) return;
  const float momentum = iteration == 1 ? 0.0F : static_cast<float>(momentum_);
  const bool overwrite = overwrite_frequency_ > 0 && iteration % overwrite_frequency_ == 0;
  float* averages = store_->buffer(buffer_).data() + (piece.weights - store_->updated_weights());
  for (std::int64_t r = 0; r < piece.rows; ++r) {
    vectorized<average_run>(averages + r * piece.stride, piece.weights + r * piece.stride, piece.columns, momentum);
    if (overwrite) std::copy_n(averages + r * piece.stride, piece.columns, piece.weights + r * piece.stride);
  }
}

void WeightAverages::become_weights() {
  if (!kept()) return;
  for (int p = 0; p < std::ssize(network_->parameters()); ++p) {
    if (!network_->parameters()[p].spec.trainable) continue;  // moving statistics have no average
    const IndexRange extent = store_->extent(p);
    std::copy_n(store_->buffer(buffer_).data() + extent.begin, extent.size(),
                store_->buffer(ParameterStore::weights).data() + extent.begin);
  }
}

}  // namespace millrace
