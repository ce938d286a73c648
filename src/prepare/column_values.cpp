// SPDX-License-Identifier: Apache-2.0
#include "prepare/column_values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace millrace {

namespace {

// Whether a variance is nothing but rounding errors of doubles, as scikit-learn's scalers decide it.
bool is_constant(double variance, double mean, double rows) {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  return variance <= rows * epsilon * variance + std::pow(rows * mean * epsilon, 2);
}

}  // namespace

float divisor_beside(double offset, double spread) {
  constexpr double epsilon = std::numeric_limits<float>::epsilon();
  const auto divisor = static_cast<float>(spread);  // 0 also if it is less than the least float
  return divisor > 0 && spread > epsilon * std::abs(offset) ? divisor : std::max(divisor, 1.0F);
}

double ColumnValues::mean() const {
  double sum = 0;
  for (const double value : values_) sum += value;
  return values_.empty() ? 0 : sum / static_cast<double>(count());
}

double ColumnValues::deviation() const {
  if (values_.empty()) return 0;
  const double center = mean(), rows = static_cast<double>(count());
  double sum = 0;
  for (const double value : values_) sum += (value - center) * (value - center);
  return is_constant(sum / rows, center, rows) ? 0 : std::sqrt(sum / rows);
}

double ColumnValues::least() const { return values_.empty() ? 0 : *std::ranges::min_element(values_); }

double ColumnValues::most() const { return values_.empty() ? 0 : *std::ranges::max_element(values_); }

double ColumnValues::quantile(double share) const {
  if (values_.empty()) return 0;
  const double place = share * static_cast<double>(count() - 1);
  const auto below = static_cast<std::int64_t>(place);
  std::vector<double> sorted = values_;
  std::nth_element(sorted.begin(), sorted.begin() + below, sorted.end());
  if (below + 1 == count()) return sorted[below];
  const double next = *std::min_element(sorted.begin() + below + 1, sorted.end());
  return sorted[below] + (place - static_cast<double>(below)) * (next - sorted[below]);
}

double ColumnValues::most_frequent() const {
  std::vector<double> sorted = values_;
  std::ranges::sort(sorted);
  double best = 0;
  std::ptrdiff_t most = 0;
  for (auto at = sorted.begin(); at != sorted.end();) {
    const auto end = std::upper_bound(at, sorted.end(), *at);
    if (end - at > most) {
      most = end - at;
      best = *at;
    }
    at = end;
  }
  return best;
}

}  // namespace millrace
