// SPDX-License-Identifier: Apache-2.0
#include "step/line_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace millrace {

namespace {

// The minimum of the cubic through two points with their slopes, limited to the bounds. If there is no such cubic, the
// middle of the bounds.
double cubic_minimum(LinePoint a, LinePoint b, double low, double high) {
  const double middle = (low + high) / 2;
  if (a.step > b.step) std::swap(a, b);
  const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0) || !std::isfinite(square)) return middle;
  const double d2 = std::sqrt(square);
  const double at = b.step - (b.step - a.step) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  return std::isnan(at) ? middle : std::clamp(at, low, high);
}

class Search {
 public:
  Search(const std::function<LinePoint(double)>& evaluate, const LinePoint& start, const WolfeConditions& conditions)
      : evaluate_(&evaluate), start_(start), conditions_(conditions) {}

  LinePoint run(double first) {
    if (!bracket(first)) narrow();
    return low_;
  }

 private:
  LinePoint at(double step) {
    ++evaluations_;
    LinePoint point = (*evaluate_)(step);
    if (!std::isfinite(point.value) || !std::isfinite(point.slope)) {
      point.value = std::numeric_limits<double>::infinity();
      // Never flat in a comparison, and no cubic goes through it.
      point.slope = std::numeric_limits<double>::quiet_NaN();
    }
    return point;
  }
  [[nodiscard]] bool exhausted() const { return evaluations_ >= conditions_.evaluations; }
  [[nodiscard]] bool decreases(const LinePoint& point) const {
    return point.value <= start_.value + conditions_.decrease * point.step * start_.slope;
  }
  [[nodiscard]] bool flat(const LinePoint& point) const {
    return std::abs(point.slope) <= -conditions_.curvature * start_.slope;
  }
  void set_bracket(const LinePoint& a, const LinePoint& b) {
    low_ = a.value <= b.value ? a : b;
    high_ = a.value <= b.value ? b : a;
  }

  // Returns true if low_ satisfies both conditions. Otherwise a point between low_ and high_ does.
  bool bracket(double step) {
    LinePoint before = start_, now = at(step);
    for (int tried = 0;; ++tried) {
      const bool risen = tried > 1 && now.value >= before.value;
      if (!decreases(now) || risen) break;
      if (flat(now)) {
        low_ = now;
        return true;
      }
      if (now.slope >= 0) break;
      if (exhausted()) {
        before = start_;
        break;
      }
      const double next = cubic_minimum(before, now, now.step + 0.01 * (now.step - before.step), 10 * now.step);
      before = std::exchange(now, at(next));
    }
    // The lower point may still violate the first condition (PyTorch takes it all the same).
    if (decreases(now))
      set_bracket(before, now);
    else
      low_ = before, high_ = now;
    return false;
  }

  void narrow() {
    bool slow = false;
    while (!exhausted()) {
      const double least = std::min(low_.step, high_.step), most = std::max(low_.step, high_.step);
      if (most - least < conditions_.shortest) return;
      double step = cubic_minimum(low_, high_, least, most);
      // If the point is near an end for the second time, or on it: move it a tenth of the interval away.
      const double margin = 0.1 * (most - least);
      const bool near_end = std::min(most - step, step - least) < margin;
      if (near_end && (slow || step >= most || step <= least)) {
        step = std::abs(step - most) < std::abs(step - least) ? most - margin : least + margin;
        slow = false;
      } else {
        slow = near_end;
      }
      const LinePoint now = at(step);
      if (!decreases(now) || now.value >= low_.value) {
        high_ = now;
        continue;
      }
      const bool done = flat(now);
      if (!done && now.slope * (high_.step - low_.step) >= 0) high_ = low_;
      low_ = now;
      if (done) return;
    }
  }

  const std::function<LinePoint(double)>* evaluate_;
  LinePoint start_, low_, high_;
  WolfeConditions conditions_;
  int evaluations_ = 0;
};

}  // namespace

LinePoint strong_wolfe(const std::function<LinePoint(double)>& evaluate, const LinePoint& start, double first,
                       const WolfeConditions& conditions) {
  return Search(evaluate, start, conditions).run(first);
}

}  // namespace millrace
