// SPDX-License-Identifier: Apache-2.0
//
// Metrics made of counts of actual and predicted classes. Formulas, averages and the value of an empty denominator (0)
// are scikit-learn's. One output stands for classes 0 and 1. Of several outputs the largest is the prediction, or, with
// multilabel, each is a yes or no of its own. A row with a prediction that is NaN makes the metric NaN.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/fail.hpp"
#include "base/finite.hpp"
#include "base/names.hpp"
#include "millrace/metrics.hpp"
#include "ops/metrics/metric.hpp"

namespace millrace {

namespace {

// Sums of weights. For each class: rows predicted correctly, rows predicted as the class, rows of the class. Last: all
// rows.
struct Counts {
  std::span<const double> sums;
  [[nodiscard]] std::size_t classes() const { return (sums.size() - 1) / 3; }
  [[nodiscard]] double right(std::size_t k) const { return sums[k]; }
  [[nodiscard]] double predicted(std::size_t k) const { return sums[classes() + k]; }
  [[nodiscard]] double actual(std::size_t k) const { return sums[2 * classes() + k]; }
  [[nodiscard]] double rows() const { return sums.back(); }
};

class CountMetric : public SumMetric {
 public:
  CountMetric(std::string_view name, double threshold, bool multilabel)
      : name_(name), threshold_(static_cast<float>(threshold)), multilabel_(multilabel) {}

  bool larger_is_better() const override { return true; }
  std::int64_t state_size(std::int64_t outputs) const override {
    return 3 * (outputs == 1 && !multilabel_ ? 2 : outputs) + 1;
  }
  void update(const MetricBatch& rows, std::span<double> sums) const override {
    const std::size_t classes = (sums.size() - 1) / 3;
    const auto add = [&](std::size_t predicted, std::size_t actual, double weight) {
      if (predicted == actual) sums[predicted] += weight;
      sums[classes + predicted] += weight;
      sums[2 * classes + actual] += weight;
    };
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      const double weight = rows.weight(r);
      if (multilabel_)
        add_labels(rows, r, sums);
      else if (rows.outputs == 1)
        add(rows.prediction.row(r)[0] > threshold_, rows.target.row(r)[0] > 0.5F, weight);
      else
        add(static_cast<std::size_t>(first_largest(rows.prediction.row(r), rows.outputs)),
            static_cast<std::size_t>(wanted_class(rows, r)), weight);
      sums.back() += has_nan(rows.prediction.row(r), rows.outputs) ? std::numeric_limits<double>::quiet_NaN() : weight;
    }
  }
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    if (multilabel_ || target_width != 1) expect_as_many_targets(name_, outputs, target_width);
  }

 protected:
  [[nodiscard]] virtual double of(const Counts& counts) const = 0;
  double value(std::span<const double> sums) const final {
    return std::isnan(sums.back()) ? sums.back() : of(Counts{sums});
  }
  std::string_view name_;

 private:
  void add_labels(const MetricBatch& rows, std::int64_t r, std::span<double> sums) const {
    const auto classes = static_cast<std::size_t>(rows.outputs);
    for (std::size_t k = 0; k < classes; ++k) {
      const bool predicted = rows.prediction.row(r)[k] > threshold_, actual = rows.target.row(r)[k] > 0.5F;
      if (predicted && actual) sums[k] += rows.weight(r);
      if (predicted) sums[classes + k] += rows.weight(r);
      if (actual) sums[2 * classes + k] += rows.weight(r);
    }
  }

  float threshold_;
  bool multilabel_;
};

// A metric as the quotient of two sums, over one class or several.
struct Quotient {
  double part = 0, whole = 0;
};
double share(const Quotient& q) { return q.whole > 0 ? q.part / q.whole : 0; }

struct PrecisionQuotient {
  explicit PrecisionQuotient(const Precision&) {}
  Quotient operator()(const Counts& c, std::size_t k) const { return {c.right(k), c.predicted(k)}; }
};
struct RecallQuotient {
  explicit RecallQuotient(const Recall&) {}
  Quotient operator()(const Counts& c, std::size_t k) const { return {c.right(k), c.actual(k)}; }
};
struct SpecificityQuotient {
  explicit SpecificityQuotient(const Specificity&) {}
  Quotient operator()(const Counts& c, std::size_t k) const {
    return {c.rows() - c.predicted(k) - c.actual(k) + c.right(k), c.rows() - c.actual(k)};
  }
};
struct FBetaQuotient {
  double square;
  explicit FBetaQuotient(const FBeta& options) : square(options.beta * options.beta) {}
  Quotient operator()(const Counts& c, std::size_t k) const {
    return {(1 + square) * c.right(k), square * c.actual(k) + c.predicted(k)};
  }
};

template <class Options, class Of>
class Averaged final : public CountMetric {
 public:
  explicit Averaged(const Options& options)
      : CountMetric(Options::op, options.threshold, options.multilabel),
        average_(options.average),
        multilabel_(options.multilabel),
        of_(options) {
    const std::vector<std::string_view> known{"auto", "binary", "macro", "micro", "weighted"};
    if (std::find(known.begin(), known.end(), average_) == known.end())
      fail(ErrorKind::usage, Options::op, unknown_name("average", average_, known));
  }
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    CountMetric::check(outputs, target_width);
    if (average_ == "binary" && outputs > (multilabel_ ? 1 : 2))
      fail(ErrorKind::usage, name_,
           "average is binary for " + std::to_string(outputs) + " outputs, expected macro, micro or weighted");
  }

 protected:
  double of(const Counts& counts) const override {
    const bool two_classes = !multilabel_ && counts.classes() == 2;
    if (average_ == "binary" || (average_ == "auto" && two_classes)) return share(of_(counts, counts.classes() - 1));
    Quotient all;
    double sum = 0, weights = 0;
    for (std::size_t k = 0; k < counts.classes(); ++k) {
      // A class that is neither predicted nor actual does not count, but a label that no row has does.
      if (!multilabel_ && counts.predicted(k) == 0 && counts.actual(k) == 0) continue;
      const Quotient of_class = of_(counts, k);
      const double weight = average_ == "weighted" ? counts.actual(k) : 1;
      all.part += of_class.part;
      all.whole += of_class.whole;
      sum += weight * share(of_class);
      weights += weight;
    }
    return average_ == "micro" ? share(all) : share({sum, weights});
  }

 private:
  std::string average_;
  bool multilabel_;
  Of of_;
};

// The mean recall of the classes that occur.
class BalancedAccuracyMetric final : public CountMetric {
 public:
  explicit BalancedAccuracyMetric(const BalancedAccuracy& options)
      : CountMetric(BalancedAccuracy::op, options.threshold, false) {}

 protected:
  double of(const Counts& counts) const override {
    Quotient mean;
    for (std::size_t k = 0; k < counts.classes(); ++k) {
      if (counts.actual(k) == 0) continue;
      mean.part += counts.right(k) / counts.actual(k);
      mean.whole += 1;
    }
    return share(mean);
  }
};

// The correlation of predicted and actual classes, also for more than two (Gorodkin 2004).
class MatthewsCorrelationMetric final : public CountMetric {
 public:
  explicit MatthewsCorrelationMetric(const MatthewsCorrelation& options)
      : CountMetric(MatthewsCorrelation::op, options.threshold, false) {}

 protected:
  double of(const Counts& counts) const override {
    const double rows = counts.rows();
    double both = 0, predicted = rows * rows, actual = rows * rows;
    for (std::size_t k = 0; k < counts.classes(); ++k) {
      both += counts.right(k) * rows - counts.predicted(k) * counts.actual(k);
      predicted -= counts.predicted(k) * counts.predicted(k);
      actual -= counts.actual(k) * counts.actual(k);
    }
    return predicted * actual > 0 ? both / std::sqrt(predicted * actual) : 0;
  }
};

}  // namespace

std::vector<MetricRow> class_count_metrics() {
  return {
      metric_row_of<BalancedAccuracy, BalancedAccuracyMetric>("mean recall of the classes"),
      metric_row_of<Precision, Averaged<Precision, PrecisionQuotient>>(
          "share of the rows predicted as a class that belong to it"),
      metric_row_of<Recall, Averaged<Recall, RecallQuotient>>("share of the rows of a class that are predicted as it"),
      metric_row_of<FBeta, Averaged<FBeta, FBetaQuotient>>("harmonic mean of precision and recall, weighted by beta",
                                                           {"f1"}),
      metric_row_of<Specificity, Averaged<Specificity, SpecificityQuotient>>(
          "share of the rows of other classes that are not predicted as the class"),
      metric_row_of<MatthewsCorrelation, MatthewsCorrelationMetric>("correlation of predicted and actual classes",
                                                                    {"mcc"})};
}

}  // namespace millrace
