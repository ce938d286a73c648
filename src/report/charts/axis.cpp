// SPDX-License-Identifier: Apache-2.0
#include "report/charts/axis.hpp"

#include <algorithm>
#include <cmath>

#include "base/formatted.hpp"
#include "report/html.hpp"

namespace millrace::report {

double Axis::place(double number) const {
  const auto scaled = [&](double value) { return logarithmic ? std::log10(value) : value; };
  const double share = (scaled(number) - scaled(least)) / (scaled(most) - scaled(least));
  return begin + std::clamp(share, 0.0, 1.0) * (end - begin);
}

double round_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= step * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::vector<double> Axis::ticks(int wanted) const {
  std::vector<double> ticks;
  if (logarithmic) {
    const double first = std::ceil(std::log10(least) - 1e-9), last = std::floor(std::log10(most) + 1e-9);
    const double step = std::max(1.0, std::ceil((last - first) / wanted));
    for (double power = first; power <= last; power += step) ticks.push_back(std::pow(10.0, power));
    if (ticks.size() >= 2) return ticks;
    ticks.clear();
  }
  const double step = round_step((most - least) / wanted);
  for (double at = std::ceil(least / step - 1e-9); at * step <= most + step * 1e-9; ++at) ticks.push_back(at * step);
  return ticks;
}

Axis axis_around(double least, double most, bool logarithmic) {
  if (!std::isfinite(least) || !std::isfinite(most)) return {.least = 0, .most = 1};
  logarithmic = logarithmic && least > 0;
  if (logarithmic) {
    const double margin = std::max(std::pow(most / least, 0.04), 1.05);
    return {.least = least / margin, .most = most * margin, .logarithmic = true};
  }
  double margin = 0.04 * (most - least);
  // Numbers that differ by rounding errors are equal in a picture.
  const double size = std::max(std::abs(least), std::abs(most));
  if (margin <= 1e-9 * size) margin = size > 0 ? 0.1 * size : 0.5;
  const bool touches_zero = least >= 0 && least - margin < 0;
  return {.least = touches_zero ? 0 : least - margin, .most = most + margin};
}

std::string tick_text(double number) {
  const double size = std::abs(number);
  if (number == std::round(number) && size < 1e6) return short_text(number);
  std::string result = formatted("%.6g", std::abs(number) < 1e-15 ? 0.0 : number);
  if (result.starts_with('-')) result.replace(0, 1, "\xE2\x88\x92");
  return result;
}

std::string place_text(double place) {
  std::string result = formatted("%.1f", place);
  if (result.ends_with(".0")) result.resize(result.size() - 2);
  return result;
}

}  // namespace millrace::report
