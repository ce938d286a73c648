// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Adam{}, .loss = BinaryCrossentropy{},
//                  .metrics = {"accuracy", Recall{.threshold = 0.3}, RecallAtFalsePositiveRate{.rate = 0.001}}});
//
// Metrics with options. Every metric may also be written as text, "recall:threshold=0.3"; those without options are text
// only: accuracy, categorical_accuracy, subset_accuracy, roc_auc, average_precision, mean_absolute_error,
// mean_squared_error, root_mean_squared_error, r2. Formulas, averages and the treatment of empty denominators (0) are
// scikit-learn's.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// The share of outputs on the right side of the threshold.
struct BinaryAccuracy {
  static constexpr MetricName op = "binary_accuracy";
  NameTheOption name_the_option{};
  double threshold = 0.5;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("threshold", &BinaryAccuracy::threshold, "an output above it predicts 1")};
  }
};

/// The share of rows whose class is among the k largest outputs. Equal outputs rank in the order of the classes.
struct TopKAccuracy {
  static constexpr MetricName op = "top_k_accuracy";
  NameTheOption name_the_option{};
  std::int64_t k = 5;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("k", &TopKAccuracy::k, "number of largest outputs that count", positive)};
  }
};

/// The share of the rows predicted as a class that are of the class. One output stands for classes 0 and 1; with
/// `multilabel` every output is a yes or no of its own. average "auto" is "binary" (of class 1) for two classes, else
/// "macro".
struct Precision {
  static constexpr MetricName op = "precision";
  NameTheOption name_the_option{};
  std::string average = "auto";
  double threshold = 0.5;
  bool multilabel = false;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("average", &Precision::average, "binary, macro, micro or weighted; auto: binary for two classes"),
        field("threshold", &Precision::threshold, "an output above it predicts 1"),
        field("multilabel", &Precision::multilabel, "every output is a yes or no of its own")};
  }
};

/// The share of the rows of a class that are predicted as the class. Options as for Precision.
struct Recall {
  static constexpr MetricName op = "recall";
  NameTheOption name_the_option{};
  std::string average = "auto";
  double threshold = 0.5;
  bool multilabel = false;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("average", &Recall::average, "binary, macro, micro or weighted; auto: binary for two classes"),
        field("threshold", &Recall::threshold, "an output above it predicts 1"),
        field("multilabel", &Recall::multilabel, "every output is a yes or no of its own")};
  }
};

/// The share of the rows of other classes that are not predicted as the class. Options as for Precision.
struct Specificity {
  static constexpr MetricName op = "specificity";
  NameTheOption name_the_option{};
  std::string average = "auto";
  double threshold = 0.5;
  bool multilabel = false;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("average", &Specificity::average, "binary, macro, micro or weighted; auto: binary for two classes"),
        field("threshold", &Specificity::threshold, "an output above it predicts 1"),
        field("multilabel", &Specificity::multilabel, "every output is a yes or no of its own")};
  }
};

/// The harmonic mean of precision and recall, with recall beta times as important. Other options as for Precision.
struct FBeta {
  static constexpr MetricName op = "f_beta";
  NameTheOption name_the_option{};
  double beta = 1;
  std::string average = "auto";
  double threshold = 0.5;
  bool multilabel = false;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("beta", &FBeta::beta, "importance of recall relative to precision", positive),
        field("average", &FBeta::average, "binary, macro, micro or weighted; auto: binary for two classes"),
        field("threshold", &FBeta::threshold, "an output above it predicts 1"),
        field("multilabel", &FBeta::multilabel, "every output is a yes or no of its own")};
  }
};

/// The mean recall of the classes that occur.
struct BalancedAccuracy {
  static constexpr MetricName op = "balanced_accuracy";
  NameTheOption name_the_option{};
  double threshold = 0.5;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("threshold", &BalancedAccuracy::threshold, "above it a single output predicts 1")};
  }
};

/// The correlation of actual and predicted classes (Gorodkin 2004).
struct MatthewsCorrelation {
  static constexpr MetricName op = "matthews_correlation";
  NameTheOption name_the_option{};
  double threshold = 0.5;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("threshold", &MatthewsCorrelation::threshold, "above it a single output predicts 1")};
  }
};

/// The largest recall at a threshold whose false positives are at most `rate` of the negative rows.
struct RecallAtFalsePositiveRate {
  static constexpr MetricName op = "recall_at_false_positive_rate";
  NameTheOption name_the_option{};
  double rate = 0.01;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("rate", &RecallAtFalsePositiveRate::rate,
                            "largest share of the negative rows that may be predicted positive", probability)};
  }
};

/// The share of positive rows among the k rows with the highest scores.
struct PrecisionAtK {
  static constexpr MetricName op = "precision_at_k";
  NameTheOption name_the_option{};
  std::int64_t k = 10;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("k", &PrecisionAtK::k, "number of rows with the highest scores", positive)};
  }
};

/// The mean of -log of the probability predicted for the target; with `multilabel` also over the outputs. Without it,
/// several outputs are divided by their sum first, as the cross-entropy losses do; scikit-learn leaves that to callers.
struct LogLoss {
  static constexpr MetricName op = "log_loss";
  NameTheOption name_the_option{};
  bool multilabel = false;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("multilabel", &LogLoss::multilabel, "every output is a yes or no of its own")};
  }
};

/// The expected calibration error (Guo and others, 2017): rows are binned by predicted probability, of 1 for a single
/// output, else of the largest; the mean over the rows of |mean probability - share that is right| of their bin.
struct CalibrationError {
  static constexpr MetricName op = "calibration_error";
  NameTheOption name_the_option{};
  std::int64_t bins = 15;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("bins", &CalibrationError::bins, "number of bins of equal width from 0 to 1", positive)};
  }
};

}  // namespace millrace
