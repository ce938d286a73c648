// SPDX-License-Identifier: Apache-2.0
//
// Search for NaN and infinity.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace millrace {

/// Whether no number is NaN or infinite. Reads all of them, several at a time.
[[nodiscard]] bool all_finite(const float* values, std::int64_t count);

/// Whether a number is NaN.
[[nodiscard]] inline bool has_nan(const float* values, std::int64_t count) {
  return std::any_of(values, values + count, [](float value) { return std::isnan(value); });
}

/// An element of a matrix, counted from 0.
struct MatrixPlace {
  std::int64_t row = 0, column = 0;
};
/// The first NaN or infinity of a [rows x columns] matrix whose rows are `stride` floats apart, row by row; none if all
/// numbers are finite.
[[nodiscard]] std::optional<MatrixPlace> find_non_finite(const float* values, std::int64_t rows, std::int64_t columns,
                                                         std::int64_t stride);

}  // namespace millrace
