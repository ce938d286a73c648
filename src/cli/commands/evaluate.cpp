// SPDX-License-Identifier: Apache-2.0
//
// millrace evaluate: how good a model is on a table.
#include <algorithm>
#include <cmath>
#include <optional>

#include "base/atomic_file.hpp"
#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/commands/model_data.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/commands/named_file.hpp"
#include "cli/commands/prediction_table.hpp"
#include "cli/commands/threshold.hpp"
#include "cli/commands/trained_model.hpp"
#include "cli/screen/activity.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/evaluation_report.hpp"
#include "cli/settings/known_operations.hpp"
#include "cli/settings/op_settings.hpp"
#include "millrace/catalogue.hpp"
#include "millrace/curves.hpp"
#include "millrace/importance.hpp"
#include "millrace/targets.hpp"

namespace millrace::cli {

namespace {

// What the outputs of the model stand for.
enum class Outputs { numbers, labels, classes };

Outputs outputs_of(const Model& model) {
  if (!model.compiled().outputs.empty()) return Outputs::numbers;
  const TargetKind kind = target_kind(model.compiled().loss);
  if (kind == TargetKind::numbers) return Outputs::numbers;
  return kind == TargetKind::labels && model.output_width() > 1 ? Outputs::labels : Outputs::classes;
}

// The metrics that are asked for and their threshold, in place of those of training.
void choose_metrics(Model& model, const Settings& settings) {
  if (settings.has("threshold")) model.set_threshold(settings.number("threshold", 0.5));
  if (!settings.has("metrics")) return;
  CompileOptions compiled = model.compiled();
  compiled.metrics = metric_settings(settings);
  model.compile(compiled);
}

// Flags that are about the answer of a single output.
void require_one_output(const Model& model, const Settings& settings) {
  if (model.compiled().outputs.empty()) return;
  for (const char* const flag : {"loss", "metrics", "threshold", "confusion", "curves"})
    if (const Setting* const given = settings.find(flag))
      given->fail_with("the model has the outputs " + some_names(model.graph().outputs) +
                       ", each with metrics of its own, expected a model with one output");
}

void require_classes(const Model& model, const std::string& flag) {
  if (outputs_of(model) == Outputs::classes) return;
  fail(ErrorKind::usage, "evaluate",
       flag + " for a model with the loss " + model.compiled().loss.op + " and " +
           counted(model.output_width(), "output") + ", expected a model that tells classes apart");
}

std::vector<float> weights_of(const Dataset& data) {
  std::vector<float> weights;
  for (std::int64_t r = 0; r < data.rows() && !data.weights.empty(); ++r)
    weights.push_back(data.weights[data.table_row(r)]);
  return weights;
}

// class,threshold,false_positive_rate,true_positive_rate,precision: the points of the ROC and the precision-recall curve,
// each class against all others. Of two classes in one output only the second.
std::string curves_text(const Model& model, const Dataset& data, char delimiter, int threads) {
  const Matrix scores = model.predict(data, threads);
  const std::int64_t outputs = scores.columns(), width = data.targets.columns;
  const std::vector<float> weights = weights_of(data);
  std::string text =
      csv_line({"class", "threshold", "false_positive_rate", "true_positive_rate", "precision"}, delimiter);
  for (std::int64_t k = 0; k < outputs; ++k) {
    const std::int64_t of_class = outputs == 1 ? 1 : k;
    std::vector<float> own, positive;
    for (std::int64_t r = 0; r < scores.rows(); ++r) {
      const float* const target = data.targets.row(data.table_row(r));
      own.push_back(scores.row(r)[k]);
      positive.push_back(width > 1 ? target[k] : target[0] == static_cast<float>(of_class) ? 1.0F : 0.0F);
    }
    const auto& classes = model.classes();
    const std::string name = of_class < std::ssize(classes) ? classes[of_class] : std::to_string(of_class);
    for (const CurvePoint& point : threshold_curve(own, positive, weights)) {
      text += csv_line(
          {name, number_text(static_cast<float>(point.threshold)),
           number_text(static_cast<float>(point.false_positive_rate)),
           number_text(static_cast<float>(point.true_positive_rate)), number_text(static_cast<float>(point.precision))},
          delimiter);
    }
  }
  return text;
}

// fp32 numbers overflow where a target is far from the output. Some losses are infinite for an output of 0.
void require_finite(double loss, const Dataset& data) {
  if (std::isfinite(loss)) return;
  std::int64_t farthest = 0;
  float most = 0;
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const float* const target = data.targets.row(data.table_row(r));
    for (std::int64_t c = 0; c < data.targets.columns; ++c) {
      if (std::abs(target[c]) <= std::abs(most)) continue;
      farthest = data.table_row(r);
      most = target[c];
    }
  }
  constexpr float far = 1e15F;  // its square is near the end of fp32
  if (std::abs(most) < far)
    return note("[evaluate] the loss is " + number_text(loss) + ": it has no finite value for some of the outputs");
  fail(ErrorKind::non_finite, "evaluate",
       "the loss is " + number_text(loss) + ": the target of row " + std::to_string(farthest + 1) + " of " +
           data.source + " is " + number_text(most) + ", expected one nearer to those of training");
}

// Rows may be too few or too much alike for a metric.
void note_missing_values(const Evaluation& values, const Dataset& data) {
  std::vector<std::string> names;
  for (const NamedValue& metric : values.metrics)
    if (std::isnan(metric.value)) names.push_back(metric.name);
  if (names.empty()) return;
  bool alike = true;
  const float* const first = data.targets.row(data.table_row(0));
  for (std::int64_t r = 1; r < data.rows() && alike; ++r)
    alike = std::equal(first, first + data.targets.columns, data.targets.row(data.table_row(r)));
  const std::string reason =
      alike ? ": it has " + (data.rows() == 1 ? std::string("one row") : "the same target in all rows") : "";
  note("[evaluate] " + join(names, " and ") + " cannot be computed from " + data.source + reason);
}

std::vector<ColumnImportance> importance_of(const Model& model, const RowsWithTargets& rows, std::uint64_t seed,
                                            int threads) {
  const ImportanceOptions options{.seed = seed, .threads = threads};
  return rows.table ? permutation_importance(model, *rows.table, rows.data, options)
                    : permutation_importance(model, rows.data, options);
}

void evaluate(const Settings& settings) {
  const DataFiles files = data_setting(settings);
  const int threads = settings.threads();
  const bool json = settings.boolean("json", false), confusion = settings.boolean("confusion", false);
  const std::string curves = settings.text("curves");
  std::vector<NamedFile> read = read_files("evaluate", files, settings.names("target"));
  read.push_back({"MODEL.onnx", settings.argument});
  keep_apart("evaluate", read, {{"--curves", curves}});
  const char delimiter = delimiter_of_output(curves, "evaluate", "--curves", ".csv or .tsv");
  require_writable({{"--curves", curves}});
  Model model = load_model(settings.argument);
  require_one_output(model, settings);
  choose_loss(model, settings);
  if (!model.compiled().has_loss())
    fail(ErrorKind::usage, "evaluate", settings.argument + " has no loss, expected a trained model, or --loss");
  if (settings.has("threshold")) check_threshold("evaluate", settings.number("threshold", 0.5), model);
  if (confusion) require_classes(model, "--confusion");
  if (!curves.empty()) require_classes(model, "--curves");
  choose_metrics(model, settings);
  count_answers(model);

  Activity activity(false, "evaluating " + files.name());
  RowsWithTargets rows = read_rows_with_targets(model, {.who = "evaluate",
                                                        .model_path = settings.argument,
                                                        .data = files,
                                                        .targets = true,
                                                        .target = settings.names("target"),
                                                        .weight = settings.text("sample-weight"),
                                                        .threads = threads,
                                                        .features = settings.names("features")});
  fit_targets(rows.data, model);
  EvaluationReport report{.values = model.evaluate(rows.data, threads)};
  require_finite(report.values.loss, rows.data);
  note_missing_values(report.values, rows.data);
  if (outputs_of(model) == Outputs::classes) {
    const ConfusionMatrix matrix = model.confusion(rows.data, std::nullopt, threads);
    report.classes = class_scores(matrix);
    if (confusion) report.confusion = matrix;
  }
  if (settings.boolean("importance", false))
    report.importance = importance_of(model, rows, settings.seed("seed"), threads);
  if (!curves.empty()) write_file_atomically(curves, curves_text(model, rows.data, delimiter, threads));
  activity.end();
  print(json ? evaluation_json(report) : evaluation_text(report));
}

std::vector<HelpSection> notes() {
  return {
      {.text =
           "Columns are found by name, in any order; the model "
           "ignores other columns. Of the file of --curves, the columns false_positive_rate and true_positive_rate are "
           "the ROC curve, true_positive_rate and precision the precision-recall curve; a row counts as of the class "
           "if "
           "its score is at least the threshold."}};
}

}  // namespace

Command evaluate_command() {
  std::vector<Flag> flags{{"data", "FILE|PATTERN", "Data",
                           "The table with the target: .csv, .tsv, .npy, .npz, IDX or LIBSVM; - reads CSV from stdin"}};
  for (const Flag& flag : text_flags()) flags.push_back(flag);
  const KnownOperations losses = known_operations(OperationKind::loss);
  const std::vector<Flag> others{
      {"target", "COLUMN,...", "Data",
       "The target's column if the model knows it by another name; for .npy and IDX the file of the targets, for .npz "
       "its array"},
      {"features", "COLUMN,...", "Data",
       "The columns that the model takes, in its order, if it knows no names. Default: all but the target"},
      {"sample-weight", "COLUMN", "Data", "The column with the weight of each row"},
      {"loss", "LOSS", "Output",
       "The loss to report, for a model of another program, whose file names none. Default: the one that the model was "
       "trained with; of such a model, the one that is usual for its last layer",
       "loss", losses.names, losses.options},
      {"metrics", "METRIC,...", "Output", "Metrics to report. Default: those of training"},
      {"threshold", "T", "Output", "An output above it means yes, or the second class. Default: that of the model"},
      {"confusion", "", "Output", "Also count the rows by actual and predicted class"},
      {"curves", "FILE.csv", "Output", "Write the points of the ROC and precision-recall curves"},
      {"importance", "", "Output",
       "Also measure how much the loss grows if the cells of a column are given to other rows at random"},
      {"seed", "N", "Output", "Seed of the random rows of --importance. Default: 0"},
      {"threads", "N|auto", "Output", "Threads that compute. Default: auto"},
      {"json", "", "Output", "Print the results as one JSON object"}};
  flags.insert(flags.end(), others.begin(), others.end());
  return {"evaluate",   "Computes the loss and the metrics of a model on a table",
          "MODEL.onnx", flags,
          notes,        evaluate,
          {},           {{"seed", FlagRule::Relation::needs, "importance", "is about the importance of columns"}}};
}

}  // namespace millrace::cli
