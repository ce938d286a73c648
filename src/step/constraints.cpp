// SPDX-License-Identifier: Apache-2.0
#include "step/constraints.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace millrace {

namespace {

constexpr std::int64_t columns_of_job = 64;

// squares += w^2, column by column
void add_squares(double* squares, const float* w, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) squares[i] += static_cast<double>(w[i]) * static_cast<double>(w[i]);
}
// w *= factors, column by column
void scale_columns(float* w, const float* factors, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) w[i] *= factors[i];
}

}  // namespace

Constraints::Constraints(const Network& network, ParameterStore& store) : network_(&network), store_(&store) {
  for (int p = 0; p < std::ssize(network.parameters()); ++p) {
    if (network.parameters()[p].spec.max_norm == 0) continue;
    const ParameterStorage& storage = store.storage(p);
    for (std::int64_t begin = 0; begin < storage.columns; begin += columns_of_job) {
      const std::int64_t end = std::min(storage.columns, begin + columns_of_job);
      columns_.push_back({p, {.rows = {0, storage.rows}, .columns = {begin, end}}});
    }
  }
}

void Constraints::apply(std::int64_t job) {
  const Columns& columns = columns_[job];
  const double limit = network_->parameters()[columns.parameter].spec.max_norm;
  float* weights = store_->buffer(ParameterStore::weights).data();
  store_->for_each_piece(columns.parameter, columns.block, [&](const StoredPiece& piece) {
    std::array<double, columns_of_job> squares{};
    std::array<float, columns_of_job> factors{};
    float* rows = weights + piece.offset;
    for (std::int64_t r = 0; r < piece.rows; ++r) add_squares(squares.data(), rows + r * piece.stride, piece.columns);
    for (std::int64_t i = 0; i < piece.columns; ++i) {
      const double norm = std::sqrt(squares[i]);
      factors[i] = static_cast<float>(std::min(norm, limit) / (norm + 1e-7));
    }
    for (std::int64_t r = 0; r < piece.rows; ++r) scale_columns(rows + r * piece.stride, factors.data(), piece.columns);
  });
}

}  // namespace millrace
