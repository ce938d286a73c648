// SPDX-License-Identifier: Apache-2.0
//
// What all pictures have in common: the size, the axes with their ticks, and the <figure> with title and words.
#pragma once

#include <string>
#include <vector>

#include "report/charts/axis.hpp"

namespace millrace::report {

/// The picture's coordinates. It is drawn at about this size on a phone, so that its texts can be read there.
inline constexpr double picture_width = 360, picture_height = 226;

struct Frame {
  Axis x{}, y{};
  std::string x_label{}, y_label{};
  std::vector<std::string> x_names{};  ///< of the whole numbers from 0, instead of ticks

  /// Sets the places of both axes, so that there is room for the ticks.
  void place();
  /// The begin of the <svg>, with the axes. title: its text for those who do not see it.
  [[nodiscard]] std::string begin(const std::string& title) const;
};

/// A figure. title: text; picture and says: markup.
[[nodiscard]] std::string figure(const std::string& title, const std::string& picture, const std::string& says);

}  // namespace millrace::report
