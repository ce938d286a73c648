// SPDX-License-Identifier: Apache-2.0
//
// A step length along a line that satisfies the strong Wolfe conditions.
#pragma once

#include <functional>

namespace millrace {

/// f(t) and f'(t) at one step length t of a line.
struct LinePoint {
  double step = 0, value = 0, slope = 0;
};

struct WolfeConditions {
  double decrease = 1e-4;  ///< f(t) <= f(0) + decrease t f'(0)
  double curvature = 0.9;  ///< |f'(t)| <= curvature |f'(0)|
  int evaluations = 25;    ///< of f, at most; 1 or more
  double shortest = 1e-9;  ///< an interval of step lengths that is shorter is not divided any more
};

/// Tries `first`, goes on until a minimum is between two steps, and narrows that interval by cubic interpolation
/// (Nocedal and Wright, algorithms 3.5 and 3.6, with the safeguards of PyTorch's _strong_wolfe). What is not finite
/// counts as a wall. Returns the best point: step 0 where none was better than `start`, whose slope is below 0.
[[nodiscard]] LinePoint strong_wolfe(const std::function<LinePoint(double step)>& evaluate, const LinePoint& start,
                                     double first, const WolfeConditions& conditions);

}  // namespace millrace
