// SPDX-License-Identifier: Apache-2.0
#include "report/charts/thin.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace millrace::report {

namespace {

// The first, lowest, highest and last finite point of a part, each once, in order; a part without any gives a gap.
void add_part(const std::vector<Point>& points, std::size_t begin, std::size_t end, std::vector<Point>& kept) {
  std::vector<std::size_t> finite;
  for (std::size_t i = begin; i < end; ++i) {
    if (std::isfinite(points[i].y)) finite.push_back(i);
  }
  if (finite.empty()) return kept.push_back(points[begin]);
  const auto lower = [&](std::size_t a, std::size_t b) { return points[a].y < points[b].y; };
  std::array<std::size_t, 4> chosen{finite.front(), *std::ranges::min_element(finite, lower),
                                    *std::ranges::max_element(finite, lower), finite.back()};
  std::ranges::sort(chosen);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (i == 0 || chosen[i] != chosen[i - 1]) kept.push_back(points[chosen[i]]);
  }
}

}  // namespace

std::vector<Point> thinned(const std::vector<Point>& points, std::size_t most) {
  if (points.size() <= most) return points;
  const std::size_t parts = most / 4;
  std::vector<Point> kept;
  for (std::size_t part = 0; part < parts; ++part)
    add_part(points, part * points.size() / parts, (part + 1) * points.size() / parts, kept);
  return kept;
}

}  // namespace millrace::report
