// SPDX-License-Identifier: Apache-2.0
//
// Where the model is worse than elsewhere: rows with the same level, or with numbers in the same quarter of a column.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/moments.hpp"
#include "report/charts/axis.hpp"
#include "report/measure/answers.hpp"
#include "report/measure/histogram.hpp"
#include "report/measure/rows.hpp"
#include "table/kinds/dates.hpp"

namespace millrace::report {

namespace {

// By row: 1 for a right class, else 0; or the size of the error.
std::vector<double> row_scores(const Answers& answers, const Dataset& data) {
  std::vector<double> scores;
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    if (answers.answer.is_class()) {
      scores.push_back(answers.actual[r] == answers.predicted[r] ? 1 : 0);
      continue;
    }
    scores.push_back(std::abs(double{answers.scores.row(r)[0]} - double{data.targets.row(data.table_row(r))[0]}));
  }
  return scores;
}

struct Sum {
  double rows = 0, weight = 0, score = 0;
};

// Which slice of its column a row is in.
struct Slicing {
  std::vector<std::string> names;
  std::vector<double> edges;  // of numbers: between the names; empty: indices of levels

  [[nodiscard]] std::size_t slice_of(double value) const {
    if (std::isnan(value)) return names.size() - 1;
    if (edges.empty()) return static_cast<std::size_t>(value);
    return static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), value) - edges.begin());
  }
};

Slicing slicing_of(const RawColumn& column, std::vector<double> values) {
  Slicing slicing;
  const bool is_date = column.kind == ColumnKind::date;
  if (!column.levels.empty()) {
    for (const std::string& level : column.levels) slicing.names.push_back("is " + level);
  } else if (column.kind == ColumnKind::category) {
    slicing.names.emplace_back("");
  } else {
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    std::ranges::sort(values);
    const double spread = quantile(values, 0.95) - quantile(values, 0.05);
    for (const double share : {0.25, 0.5, 0.75}) {
      const double day = 86400, edge = quantile(values, share);
      const double round = is_date ? std::round(edge / day) * day : rounded(edge, spread);
      if (slicing.edges.empty() || round > slicing.edges.back()) slicing.edges.push_back(round);
    }
    const auto text = [&](double edge) { return is_date ? date_text(edge) : tick_text(edge); };
    slicing.names.push_back("is below " + text(slicing.edges.front()));
    for (std::size_t i = 0; i + 1 < slicing.edges.size(); ++i)
      slicing.names.push_back("is from " + text(slicing.edges[i]) + " to below " + text(slicing.edges[i + 1]));
    slicing.names.push_back("is " + text(slicing.edges.back()) + " or more");
  }
  slicing.names.emplace_back("is missing");
  return slicing;
}

}  // namespace

void measure_slices(const Answers& answers, const RawColumns& raw, const Dataset& data, RowsReport& report) {
  const bool classes = answers.answer.is_class();
  if (!classes && answers.answer.kind != Answer::Kind::value) return;
  constexpr std::int64_t most_cells = 4'000'000;
  constexpr std::size_t most_slices = 12;
  const auto columns = std::max<std::int64_t>(1, std::ssize(raw.columns()));
  const std::vector<std::int64_t> sample = sample_of(data.rows(), std::max<std::int64_t>(200, most_cells / columns));
  const std::vector<double> scores = row_scores(answers, data);
  std::vector<double> finite, weights;
  for (const std::int64_t r : sample) {
    if (!std::isfinite(scores[r])) continue;
    finite.push_back(scores[r]);
    weights.push_back(answers.weight(r));
  }
  if (std::accumulate(weights.begin(), weights.end(), 0.0) <= 0) return;
  report.slice_score = classes ? "accuracy" : "mean absolute error";
  report.larger_is_better = classes;
  const Moments all = moments_of(finite, weights);
  report.overall = all.mean;
  for (std::int64_t c = 0; c < std::ssize(raw.columns()); ++c) {
    const RawColumn& column = raw.columns()[c];
    std::vector<double> values;
    for (const std::int64_t r : sample) values.push_back(raw.value(c, r));
    const Slicing slicing = slicing_of(column, values);
    std::vector<Sum> sums(slicing.names.size());
    for (std::size_t i = 0; i < sample.size(); ++i) {
      if (!std::isfinite(scores[sample[i]])) continue;
      Sum& sum = sums[slicing.slice_of(values[i])];
      const double weight = answers.weight(sample[i]);
      sum.rows += 1;
      sum.weight += weight;
      sum.score += weight * scores[sample[i]];
    }
    for (std::size_t s = 0; s < sums.size(); ++s) {
      if (sums[s].rows < double{least_rows} || sums[s].rows >= static_cast<double>(finite.size()) ||
          sums[s].weight <= 0)
        continue;
      const double score = sums[s].score / sums[s].weight;
      const double worse = classes ? report.overall - score : score - report.overall;
      const double error = all.deviation / std::sqrt(sums[s].rows);
      report.slices_compared += 1;
      if (worse <= 0 || error <= 0) continue;
      report.slices.push_back({column.name, slicing.names[s], sums[s].weight, score, worse, worse / error});
    }
  }
  // The expected maximum of that many standard normal numbers, and one more for the rarer ones.
  report.slices_limit =
      std::sqrt(2 * std::log(static_cast<double>(std::max<std::int64_t>(2, report.slices_compared)))) + 1;
  std::ranges::stable_sort(report.slices, [](auto& a, auto& b) { return a.deviations > b.deviations; });
  if (report.slices.size() > most_slices) report.slices.resize(most_slices);
}

}  // namespace millrace::report
