// SPDX-License-Identifier: Apache-2.0
//
// Everything that the page of a run says, as plain data. measure/ makes it of a model and its rows, sections/ write it.
// There are no cells of the table in it: a level or a slice is named only if `least_rows` rows have it, and
// distributions are counts between round numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/confusion.hpp"
#include "millrace/curves.hpp"
#include "millrace/importance.hpp"
#include "millrace/table.hpp"
#include "millrace/training.hpp"
#include "run/layer_lines.hpp"

namespace millrace::report {

inline constexpr std::int64_t least_rows = 10;

struct Fact {
  std::string name, text;
};

/// Counts of values between edges; values beyond the edges count in the first and the last bin.
struct Histogram {
  std::vector<double> edges;   ///< one more than counts; empty: there are no values
  std::vector<double> counts;  ///< rows, or the sum of their weights
};

/// The epochs, and which one is the best by the value that the run watched.
struct Course {
  std::vector<Epoch> epochs;
  std::string watched;          ///< a column of history.csv
  std::int64_t best_epoch = 0;  ///< 0: no epoch has the watched value
  double best_value = 0;
  std::int64_t weights_epoch = 0;  ///< the epoch whose weights the model has; 0: the last
  std::int64_t planned = 0;        ///< epochs of a run that has not ended; 0: it has
  std::string stopped;             ///< why the run ended before its last epoch; empty: it did not
  std::string failure;             ///< a sentence about the step that failed; empty: none did
};

/// Rows whose scores are about as large.
struct CalibrationBin {
  double rows = 0, mean_score = 0, positive_share = 0;
};

/// Two classes, told apart by one score.
struct BinaryAnswers {
  std::string negative, positive;
  double threshold = 0.5;         ///< of the model: a larger score means `positive`
  std::vector<CurvePoint> curve;  ///< thinned
  std::size_t chosen = 0;         ///< the point of the curve at the model's threshold
  double positives = 0, negatives = 0;
  double roc_auc = 0, average_precision = 0;
};

/// One target of numbers: prediction minus target.
struct Residuals {
  std::string target;
  double rows = 0, mean = 0, deviation = 0, mean_absolute = 0, root_mean_square = 0, r2 = 0;
  double median_absolute = 0, high_absolute = 0;  ///< half of the rows, and 95 % of them, are off by less
  Histogram errors;
  std::vector<double> edges;    ///< of `density`, for both axes
  std::vector<double> density;  ///< [target bin x prediction bin]: rows
};

/// Rows that have something in common.
struct Slice {
  std::string column, rows_are;  ///< "is red", "from 10 to 20", "is missing"
  double rows = 0;
  double score = 0, worse = 0;  ///< mean over the rows, and how much worse than over all rows
  double deviations = 0;        ///< `worse` in standard errors
};

/// The mean answer if all rows had the same value in a column.
struct Dependence {
  std::string column;
  ColumnKind kind = ColumnKind::number;
  std::vector<std::string> levels;  ///< of a category or boolean; empty: a number
  std::vector<double> values;       ///< of a number
  std::vector<std::string> answers;
  std::vector<std::vector<double>> means;  ///< by answer and value
};

/// What the model does on some rows.
struct RowsReport {
  std::string rows_are;  ///< "the 114 rows held out of training"
  double rows = 0;
  bool include_training = false;  ///< whether the model was trained on some of them
  Evaluation values;
  std::vector<ClassScores> classes;
  std::optional<ConfusionMatrix> confusion;
  std::optional<BinaryAnswers> binary;
  std::vector<CalibrationBin> calibration;
  double calibration_error = 0;
  std::vector<Residuals> residuals;
  std::string slice_score;  ///< "accuracy", "mean absolute error"; empty: slices were not measured
  bool larger_is_better = true;
  double overall = 0;                ///< the score of all rows
  std::vector<Slice> slices;         ///< the worst ones, by `deviations`
  std::int64_t slices_compared = 0;  ///< all that have enough rows
  double slices_limit = 0;           ///< standard errors that chance rarely reaches among that many slices
  std::vector<ColumnImportance> importance;
  std::int64_t importance_rows = 0;
  std::vector<Dependence> dependence;
  std::vector<std::string> notes;  ///< what was not measured, and why
};

struct ColumnFact {
  std::string name;
  ColumnKind kind = ColumnKind::number;
  std::string role;  ///< "feature", "target"
  std::int64_t rows = 0, missing = 0;
  double mean = 0, low = 0, median = 0, high = 0;  ///< of a number or date: low and high are the 5 % and 95 % quantiles
  Histogram histogram;
  std::vector<std::pair<std::string, double>> levels;  ///< the most frequent, with their share of the rows
  std::int64_t other_levels = 0;
  double other_share = 0;
  std::string prepared;  ///< what the network gets of it
};

struct LayerFact {
  std::string name, operation, shape;  ///< "dense_1", "dense, relu", "64"
  std::int64_t parameters = 0;
  bool trainable = true;
};

/// A part of a run and its wall time.
struct TimePart {
  std::string name;
  double seconds = 0;
};

struct RunReport {
  std::string title;   ///< the target, or the folder
  std::string task;    ///< "tells 3 classes apart"
  std::string target;  ///< names of the target columns
  std::int64_t features = 0, parameters = 0;
  double training_rows = 0;
  Course course;
  std::optional<RowsReport> rows;
  std::vector<ColumnFact> columns;
  std::int64_t columns_left_out = 0;
  std::vector<std::string> columns_unused;  ///< of the table: the model does not take them
  std::string columns_rows;                 ///< the rows that the distributions are of
  std::vector<LayerFact> network;
  std::vector<EpochLayer> layer_log;  ///< what the run recorded of its layers; empty: nothing
  std::vector<TimePart> time_parts;
  std::vector<Fact> times;
  std::vector<PhaseTime> phases;
  std::vector<LayerTime> layers;
  std::int64_t steps = 0;
  std::vector<Fact> settings;  ///< of the run
  std::vector<Fact> origin;    ///< checksum of the rows, kernels, versions
  std::string command;         ///< that repeats the run
  std::string toml;            ///< the settings as a file
  std::vector<std::string> notes;
};

}  // namespace millrace::report
