// SPDX-License-Identifier: Apache-2.0
//
// Numbers: how far predictions are from targets.
#include <algorithm>
#include <cmath>

#include "base/moments.hpp"
#include "report/measure/answers.hpp"
#include "report/measure/histogram.hpp"
#include "report/measure/rows.hpp"

namespace millrace::report {

namespace {

struct Pairs {
  std::vector<double> target, prediction, weight;
};

Pairs pairs_of(const Answers& answers, const Dataset& data, std::int64_t output) {
  Pairs pairs;
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const double target = double{data.targets.row(data.table_row(r))[output]};
    const double prediction = double{answers.scores.row(r)[output]};
    if (!std::isfinite(target) || !std::isfinite(prediction)) continue;
    pairs.target.push_back(target);
    pairs.prediction.push_back(prediction);
    pairs.weight.push_back(answers.weight(r));
  }
  return pairs;
}

void fill_density(const Pairs& pairs, Residuals& of) {
  std::vector<double> both = pairs.target;
  both.insert(both.end(), pairs.prediction.begin(), pairs.prediction.end());
  constexpr std::size_t bins = 24;
  of.edges = round_edges(both, bins);
  if (of.edges.empty()) return;
  const std::size_t width = of.edges.size() - 1;
  of.density.resize(width * width);
  for (std::size_t r = 0; r < pairs.target.size(); ++r)
    of.density[bin_of(of.edges, pairs.target[r]) * width + bin_of(of.edges, pairs.prediction[r])] += pairs.weight[r];
}

Residuals residuals_of(const Pairs& pairs) {
  Residuals of;
  std::vector<double> errors, sizes;
  double target_sum = 0;
  for (std::size_t r = 0; r < pairs.target.size(); ++r) {
    const double error = pairs.prediction[r] - pairs.target[r], weight = pairs.weight[r];
    errors.push_back(error);
    sizes.push_back(std::abs(error));
    of.rows += weight;
    of.mean_absolute += weight * std::abs(error);
    of.root_mean_square += weight * error * error;
    target_sum += weight * pairs.target[r];
  }
  if (of.rows <= 0) return of;
  const double squares = of.root_mean_square, target_mean = target_sum / of.rows;
  double spread = 0;
  for (std::size_t r = 0; r < pairs.target.size(); ++r)
    spread += pairs.weight[r] * (pairs.target[r] - target_mean) * (pairs.target[r] - target_mean);
  const Moments moments = moments_of(errors, pairs.weight);
  of.mean = moments.mean;
  of.mean_absolute /= of.rows;
  of.root_mean_square = std::sqrt(squares / of.rows);
  of.deviation = moments.deviation;
  of.r2 = spread > 0 ? 1 - squares / spread : 0;
  constexpr double rounding = 1e-12;
  if (std::abs(of.r2) < rounding) of.r2 = 0;
  std::ranges::sort(sizes);
  of.median_absolute = quantile(sizes, 0.5);
  of.high_absolute = quantile(sizes, 0.95);
  of.errors = histogram_of(errors, pairs.weight, 30);
  return of;
}

}  // namespace

void measure_residuals(const Answers& answers, const Dataset& data, RowsReport& report) {
  constexpr std::int64_t most_targets = 8;
  const std::int64_t targets = std::min(answers.scores.columns(), data.targets.columns);
  for (std::int64_t output = 0; output < std::min(targets, most_targets); ++output) {
    const Pairs pairs = pairs_of(answers, data, output);
    Residuals of = residuals_of(pairs);
    of.target = output < std::ssize(data.target_names) ? data.target_names[output] : std::to_string(output + 1);
    fill_density(pairs, of);
    report.residuals.push_back(std::move(of));
  }
  if (targets > most_targets)
    report.notes.push_back("the errors of the first " + std::to_string(most_targets) + " of " +
                           std::to_string(targets) + " targets are shown");
}

}  // namespace millrace::report
