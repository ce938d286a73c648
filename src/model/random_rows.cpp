// SPDX-License-Identifier: Apache-2.0
#include "model/random_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"

namespace millrace {

namespace {

// Half the range of fp32, so that a feature stays finite when it is moved by a rounding or by a mean of its size.
constexpr double largest_feature = std::numeric_limits<float>::max() / 2.0;

// size(r): what the numbers of row r are multiplied by.
template <class Size>
Matrix rows_of_size(const Model::State& state, std::int64_t count, const Size& size) {
  Matrix rows(count, state.card.feature_columns);
  Random random(0, RandomStream::noise);
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    for (std::int64_t c = 0; c < rows.columns(); ++c) {
      const double draw = random.normal() * size(r);
      const auto column = static_cast<std::size_t>(c);
      const double value = state.preparation.mean.empty()
                               ? draw
                               : draw * static_cast<double>(state.preparation.scale[column]) +
                                     static_cast<double>(state.preparation.mean[column]);
      rows.row(r)[c] = static_cast<float>(std::clamp(value, -largest_feature, largest_feature));
    }
  }
  for (std::size_t i = 0; i < state.card.columns.size(); ++i) {
    const std::int64_t categories = state.network->categories(i);
    for (std::int64_t r = 0; categories > 0 && r < rows.rows(); ++r) {
      for (const std::int64_t column : state.card.columns[i])
        rows.row(r)[column] = static_cast<float>(random.below(static_cast<std::uint64_t>(categories)));
    }
  }
  return rows;
}

}  // namespace

Matrix random_rows(const Model::State& state, std::int64_t count) {
  const bool scaled = !state.preparation.mean.empty();
  return rows_of_size(state, count,
                      [&](std::int64_t r) { return scaled ? 1 : std::ldexp(1.0, -static_cast<int>(r % 8)); });
}

Matrix large_random_rows(const Model::State& state, std::int64_t count) {
  return rows_of_size(state, count, [](std::int64_t r) { return std::ldexp(1.0, static_cast<int>(2 * (r + 1))); });
}

}  // namespace millrace
