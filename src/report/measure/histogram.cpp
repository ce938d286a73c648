// SPDX-License-Identifier: Apache-2.0
#include "report/measure/histogram.hpp"

#include <algorithm>
#include <cmath>

#include "report/charts/axis.hpp"

namespace millrace::report {

double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

std::vector<double> round_edges(std::vector<double> values, std::size_t bins) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return {};
  std::ranges::sort(values);
  double least = quantile(values, 0.01), most = quantile(values, 0.99);
  if (!(most > least)) {
    least = values.front();
    most = values.back();
  }
  const bool whole = std::ranges::all_of(values, [](double value) { return value == std::round(value); });
  if (whole) {
    least = std::floor(least);
    most = std::ceil(most);
  }
  if (!(most - least > 1e-9 * std::max(std::abs(least), std::abs(most)))) {
    const double half = least == 0 || whole ? 0.5 : 0.05 * std::abs(least);
    return {least - half, least + half};
  }
  double step = round_step((most - least) / static_cast<double>(bins));
  // A bin a number, with the number in its middle.
  if (whole && step <= 1) step = 1;
  const double shift = whole && step == 1 ? -0.5 : 0;
  std::vector<double> edges;
  const double first = std::floor(least / step), last = std::floor(most / step) + 1;
  for (double k = first; k <= last; ++k) edges.push_back(k * step + shift);
  return edges;
}

std::size_t bin_of(const std::vector<double>& edges, double value) {
  const auto above = static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), value) - edges.begin());
  return std::clamp<std::size_t>(above, 1, edges.size() - 1) - 1;
}

Histogram histogram_of(const std::vector<double>& values, const std::vector<double>& weights, std::size_t bins) {
  Histogram histogram{.edges = round_edges(values, bins), .counts = {}};
  if (histogram.edges.empty()) return histogram;
  histogram.counts.resize(histogram.edges.size() - 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i]))
      histogram.counts[bin_of(histogram.edges, values[i])] += weights.empty() ? 1 : weights[i];
  }
  return histogram;
}

}  // namespace millrace::report
