// SPDX-License-Identifier: Apache-2.0
//
// One axis of a picture: from numbers to places, and round numbers for its ticks.
#pragma once

#include <string>
#include <vector>

namespace millrace::report {

struct Axis {
  double least = 0, most = 1;  ///< the numbers at its ends
  bool logarithmic = false;    ///< both are positive then
  double begin = 0, end = 1;   ///< the places of its ends

  [[nodiscard]] double place(double number) const;
  /// About `wanted` round numbers within the axis.
  [[nodiscard]] std::vector<double> ticks(int wanted) const;
};

/// An axis for numbers between `least` and `most`, a little longer than needed. Numbers that are not finite, or equal,
/// give an axis around them.
[[nodiscard]] Axis axis_around(double least, double most, bool logarithmic);

/// 1, 2 or 5 times a power of ten: the smallest that is at least `step`.
[[nodiscard]] double round_step(double step);
/// The text of a tick: "0.2", "1e-05", "20 000".
[[nodiscard]] std::string tick_text(double number);
/// A place in a picture, with one digit after the point.
[[nodiscard]] std::string place_text(double place);

}  // namespace millrace::report
