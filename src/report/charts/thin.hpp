// SPDX-License-Identifier: Apache-2.0
//
// Long curves with fewer points that look the same.
#pragma once

#include <cstddef>
#include <vector>

namespace millrace::report {

struct Point {
  double x = 0, y = 0;  ///< y: NaN or infinite where the curve has a gap
};

/// At most `most` points (4 or more) of a curve in ascending order of x: of each part the first, the lowest, the
/// highest and the last one, so that a peak of a single point stays. Gaps stay if a whole part is one.
[[nodiscard]] std::vector<Point> thinned(const std::vector<Point>& points, std::size_t most = 400);

}  // namespace millrace::report
