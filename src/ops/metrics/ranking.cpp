// SPDX-License-Identifier: Apache-2.0
//
// Metrics of the ranking of rows by their scores. They are exact: each score that occurs is a threshold, and rows with
// equal scores are counted together. With several outputs each class is ranked against the rest, and the metric is the
// mean over the classes with positive and negative rows (precision_at_k: over all classes); NaN if there is none, and
// if a score is NaN: it has no place among the others. With average = micro, all cells are ranked together.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/finite.hpp"
#include "millrace/metrics.hpp"
#include "ops/metrics/averages.hpp"
#include "ops/metrics/metric.hpp"

namespace millrace {

namespace {

constexpr std::string_view ranking_averages =
    "macro: the mean of the areas of the outputs; micro: one area, of the cells of all outputs ranked together";

struct RocAucOptions {
  static constexpr MetricName op = "roc_auc";
  std::string average = "macro";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("average", &RocAucOptions::average, ranking_averages)};
  }
};
struct AveragePrecisionOptions {
  static constexpr MetricName op = "average_precision";
  std::string average = "macro";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("average", &AveragePrecisionOptions::average, ranking_averages)};
  }
};
// A threshold: weights of the positive and negative rows at or above it, and the number of these rows.
struct Point {
  double positives = 0, negatives = 0, rows = 0;
};

bool is_positive(const MetricBatch& all, std::int64_t row, std::int64_t output) {
  if (all.target_width == all.outputs) return all.target.row(row)[output] > 0.5F;
  return wanted_class(all, row) == output;
}

// One point for each score of these outputs that occurs, from the highest down. The last one has all rows.
std::vector<Point> curve_of(const MetricBatch& all, IndexRange outputs) {
  std::vector<std::int64_t> order(all.rows * outputs.size());
  std::iota(order.begin(), order.end(), 0);
  const auto row_of = [&](std::int64_t cell) { return cell / outputs.size(); };
  const auto output_of = [&](std::int64_t cell) { return outputs.begin + cell % outputs.size(); };
  const auto score = [&](std::int64_t cell) { return all.prediction.row(row_of(cell))[output_of(cell)]; };
  // Rows with equal scores are added in the order of the data, so that sums repeat exactly.
  std::sort(order.begin(), order.end(),
            [&](std::int64_t a, std::int64_t b) { return score(a) != score(b) ? score(a) > score(b) : a < b; });
  std::vector<Point> curve;
  Point sums;
  for (std::size_t i = 0; i < order.size(); ++i) {
    (is_positive(all, row_of(order[i]), output_of(order[i])) ? sums.positives : sums.negatives) +=
        all.weight(row_of(order[i]));
    sums.rows += 1;
    if (i + 1 == order.size() || score(order[i + 1]) != score(order[i])) curve.push_back(sums);
  }
  return curve;
}

struct BothSides {
  static bool has_value(const std::vector<Point>& curve) {
    return !curve.empty() && curve.back().positives > 0 && curve.back().negatives > 0;
  }
};

template <class Options, class Area>
class Ranking final : public RowsMetric {
 public:
  explicit Ranking(const Options& options) : area_(options) {
    if constexpr (requires { options.average; }) micro_ = is_micro(Options::op, options.average);
  }
  bool larger_is_better() const override { return true; }
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    if (target_width != 1) expect_as_many_targets(Options::op, outputs, target_width);
  }

 protected:
  double value(const MetricBatch& all) const override {
    double sum = 0, classes = 0;
    for (std::int64_t row = 0; row < all.rows; ++row)
      if (has_nan(all.prediction.row(row), all.outputs)) return std::numeric_limits<double>::quiet_NaN();
    const std::int64_t together = micro_ ? all.outputs : 1;
    for (std::int64_t output = 0; output < all.outputs; output += together) {
      const std::vector<Point> curve = curve_of(all, {output, output + together});
      if (!Area::has_value(curve)) continue;
      sum += area_(curve);
      classes += 1;
    }
    return classes > 0 ? sum / classes : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  Area area_;
  bool micro_ = false;
};

// Trapezoids: a pair of equal scores counts half.
struct RocArea : BothSides {
  explicit RocArea(const RocAucOptions&) {}
  double operator()(const std::vector<Point>& curve) const {
    double area = 0;
    Point before;
    for (const Point& point : curve) {
      area += (point.negatives - before.negatives) * (point.positives + before.positives) / 2;
      before = point;
    }
    return area / (before.positives * before.negatives);
  }
};

// The sum over thresholds of precision times the added recall: steps, without interpolation.
struct PrecisionArea : BothSides {
  explicit PrecisionArea(const AveragePrecisionOptions&) {}
  double operator()(const std::vector<Point>& curve) const {
    double area = 0, before = 0;
    for (const Point& point : curve) {
      const double passed = point.positives + point.negatives;
      if (passed > 0) area += (point.positives - before) * point.positives / passed;
      before = point.positives;
    }
    return area / before;
  }
};

// The best value over all thresholds that occur.
struct RecallAt : BothSides {
  double rate;
  explicit RecallAt(const RecallAtFalsePositiveRate& options) : rate(options.rate) {}
  double operator()(const std::vector<Point>& curve) const {
    double best = 0;
    for (const Point& point : curve) {
      if (point.negatives / curve.back().negatives <= rate) best = point.positives / curve.back().positives;
    }
    return best;
  }
};

// If rows with equal scores compete for the last of the k places, each counts the same fraction: the mean over all ways
// to choose. With fewer than k rows, all of them count.
struct PrecisionAt {
  double k;
  explicit PrecisionAt(const PrecisionAtK& options) : k(static_cast<double>(options.k)) {}
  static bool has_value(const std::vector<Point>& curve) {
    return !curve.empty() && curve.back().positives + curve.back().negatives > 0;
  }
  double operator()(const std::vector<Point>& curve) const {
    Point taken;
    for (const Point& point : curve) {
      const double share = std::min(1.0, (k - taken.rows) / (point.rows - taken.rows));
      taken = {std::lerp(taken.positives, point.positives, share), std::lerp(taken.negatives, point.negatives, share),
               std::lerp(taken.rows, point.rows, share)};
      if (taken.rows >= k) break;
    }
    const double weight = taken.positives + taken.negatives;
    return weight > 0 ? taken.positives / weight : 0;
  }
};

}  // namespace

std::vector<MetricRow> ranking_metrics() {
  return {metric_row_of<RocAucOptions, Ranking<RocAucOptions, RocArea>>("area under the ROC curve", {"auc"}),
          metric_row_of<AveragePrecisionOptions, Ranking<AveragePrecisionOptions, PrecisionArea>>(
              "area under the precision-recall curve, summed in steps", {"pr_auc"}),
          metric_row_of<RecallAtFalsePositiveRate, Ranking<RecallAtFalsePositiveRate, RecallAt>>(
              "largest recall whose false-positive rate is at most rate", {"recall_at_fpr"}),
          metric_row_of<PrecisionAtK, Ranking<PrecisionAtK, PrecisionAt>>(
              "share of positive rows among the k highest scores")};
}

}  // namespace millrace
