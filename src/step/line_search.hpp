// SPDX-License-Identifier: Apache-2.0
//
// Finds a step length along a line that satisfies the strong Wolfe conditions.
#pragma once

#include <functional>

namespace millrace {

/// The function and its slope at one step length t: f(t) and f'(t).
struct LinePoint {
  double step = 0, value = 0, slope = 0;
};

struct WolfeConditions {
  double decrease = 1e-4;  ///< f(t) <= f(0) + decrease t f'(0)
  double curvature = 0.9;  ///< |f'(t)| <= curvature |f'(0)|
  int evaluations = 25;    ///< at most as many evaluations of f; at least 1
  double shortest = 1e-9;  ///< the search ends when the interval of step lengths is shorter
};

/// Starts with the step `first`, extends it until a minimum lies between two steps, and narrows that interval by cubic
/// interpolation (Nocedal and Wright, algorithms 3.5 and 3.6, with the safeguards of PyTorch's _strong_wolfe). A value
/// that is not finite bounds the interval. start: the point with step 0; its slope is negative. Returns the best point,
/// which is `start` if no other was better.
[[nodiscard]] LinePoint strong_wolfe(const std::function<LinePoint(double step)>& evaluate, const LinePoint& start,
                                     double first, const WolfeConditions& conditions);

}  // namespace millrace
