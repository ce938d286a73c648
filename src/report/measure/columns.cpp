// SPDX-License-Identifier: Apache-2.0
//
// What the answer depends on: importance of all columns, and the mean answer along the most important ones.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "base/order.hpp"
#include "base/stopwatch.hpp"
#include "millrace/split.hpp"
#include "millrace/targets.hpp"
#include "report/measure/answers.hpp"
#include "report/measure/histogram.hpp"
#include "report/measure/rows.hpp"

namespace millrace::report {

namespace {

constexpr std::int64_t most_importance_rows = 2000, least_importance_rows = 100, most_dependence_rows = 300;
constexpr std::int64_t repeats = 3;
constexpr std::size_t most_dependences = 8, most_values = 15, most_levels = 8, most_answers = 4;

// Some of the rows in memory of their own, so that their cells can be changed.
class ChangeableRows {
 public:
  ChangeableRows(const Model& model, const MeasuredRows& rows, const std::vector<std::int64_t>& sample, int threads)
      : model_(model), threads_(threads) {
    std::vector<std::int64_t> places;
    for (const std::int64_t r : sample) places.push_back(rows.data->table_row(r));
    if (rows.table != nullptr && !model.table_columns().empty()) table_ = select_rows(*rows.table, places);
    data_ = *rows.data;
    data_.selection.clear();
    data_.weights.clear();
    data_.folds.clear();
    features_ = copied(rows.data->features, places);
    targets_ = copied(rows.data->targets, places);
    data_.features = features_.view();
    data_.targets = targets_.view();
    for (const std::int64_t place : places) {
      if (!rows.data->weights.empty()) data_.weights.push_back(rows.data->weights[place]);
      if (!rows.data->folds.empty()) data_.folds.push_back(rows.data->folds[place]);
    }
  }

  [[nodiscard]] double evaluation_seconds() const {
    const Stopwatch watch;
    static_cast<void>(table_.rows > 0 ? model_.predict(table_, threads_) : model_.predict(data_, threads_));
    return watch.seconds();
  }
  [[nodiscard]] std::vector<ColumnImportance> importance() const {
    const ImportanceOptions options{.repeats = repeats, .threads = threads_};
    return table_.rows > 0 ? permutation_importance(model_, table_, data_, options)
                           : permutation_importance(model_, data_, options);
  }
  /// The scores if all rows had this value in the column.
  [[nodiscard]] Matrix predict_with(const std::string& name, std::int64_t column, double value) {
    if (table_.rows == 0) {
      std::vector<float> before;
      for (std::int64_t r = 0; r < features_.rows(); ++r)
        before.push_back(std::exchange(features_.row(r)[column], static_cast<float>(value)));
      Matrix scores = model_.predict(data_, threads_);
      for (std::int64_t r = 0; r < features_.rows(); ++r) features_.row(r)[column] = before[r];
      return scores;
    }
    const TableColumn& of = table_.column(name);
    std::vector<double> before;
    for (std::int64_t r = 0; r < table_.rows; ++r) {
      if (of.kind == ColumnKind::date) {
        before.push_back(std::exchange(table_.dates[of.place][r], value));
      } else {
        float& cell = table_.values.row(r)[of.place];
        before.push_back(double{std::exchange(cell, static_cast<float>(value))});
      }
    }
    Matrix scores = model_.predict(table_, threads_);
    for (std::int64_t r = 0; r < table_.rows; ++r) {
      if (of.kind == ColumnKind::date)
        table_.dates[of.place][r] = before[r];
      else
        table_.values.row(r)[of.place] = static_cast<float>(before[r]);
    }
    return scores;
  }

 private:
  static Matrix copied(const MatrixView& view, const std::vector<std::int64_t>& places) {
    Matrix copy(std::ssize(places), view.columns);
    for (std::int64_t r = 0; r < std::ssize(places); ++r) std::copy_n(view.row(places[r]), view.columns, copy.row(r));
    return copy;
  }

  const Model& model_;
  int threads_;
  Table table_;  // raw rows of a model that takes tables; it may have no target
  Matrix features_, targets_;
  Dataset data_;  // views these: prepared features, targets
};

// Which outputs to follow, and their names.
std::vector<std::pair<std::int64_t, std::string>> followed_outputs(const Answers& answers, const Dataset& data) {
  const Answer& answer = answers.answer;
  if (answer.kind == Answer::Kind::either) return {{0, answer.classes[1]}};
  std::vector<std::pair<std::int64_t, std::string>> followed;
  if (answer.kind == Answer::Kind::largest && answer.classes.size() == 2) return {{1, answer.classes[1]}};
  if (answer.kind == Answer::Kind::largest) {
    std::vector<double> rows(answer.classes.size());
    for (std::int64_t r = 0; r < std::ssize(answers.actual); ++r) rows[answers.actual[r]] += answers.weight(r);
    const std::vector<std::int64_t> order = largest_first(rows);
    for (std::size_t i = 0; i < std::min(order.size(), most_answers); ++i)
      followed.emplace_back(order[i], answer.classes[order[i]]);
    return followed;
  }
  for (std::int64_t k = 0; k < std::min<std::int64_t>(answers.scores.columns(), most_answers); ++k)
    followed.emplace_back(k, k < std::ssize(data.target_names) ? data.target_names[k] : std::to_string(k + 1));
  return followed;
}

// The values at which a column is tried: frequent levels, or round numbers from its 5 % to its 95 % quantile.
void choose_values(const RawColumn& column, std::vector<double> values, Dependence& dependence) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return;
  if (!column.levels.empty()) {
    std::vector<std::int64_t> counts(column.levels.size());
    for (const double level : values) ++counts[static_cast<std::size_t>(level)];
    for (const std::int64_t level : largest_first(counts)) {
      if (counts[level] < least_rows || dependence.levels.size() == most_levels) break;
      dependence.values.push_back(static_cast<double>(level));
      dependence.levels.push_back(column.levels[level]);
    }
    return;
  }
  std::ranges::sort(values);
  const double low = quantile(values, 0.05), spread = quantile(values, 0.95) - low;
  for (std::size_t i = 0; i < most_values; ++i) {
    const double value = rounded(low + spread * static_cast<double>(i) / double{most_values - 1}, spread);
    if (dependence.values.empty() || value > dependence.values.back()) dependence.values.push_back(value);
  }
}

Dependence dependence_on(std::int64_t c, const RawColumns& raw, const std::vector<std::int64_t>& sample,
                         const std::vector<std::pair<std::int64_t, std::string>>& followed, ChangeableRows& rows) {
  const RawColumn& column = raw.columns()[c];
  Dependence dependence{.column = column.name, .kind = column.kind};
  std::vector<double> values;
  for (const std::int64_t r : sample) values.push_back(raw.value(c, r));
  choose_values(column, std::move(values), dependence);
  if (dependence.values.size() < 2) return dependence;
  for (const auto& [output, text] : followed) dependence.answers.push_back(text);
  dependence.means.assign(followed.size(), std::vector<double>(dependence.values.size()));
  for (std::size_t v = 0; v < dependence.values.size(); ++v) {
    const Matrix scores = rows.predict_with(column.name, c, dependence.values[v]);
    for (std::size_t k = 0; k < followed.size(); ++k) {
      double sum = 0;
      for (std::int64_t r = 0; r < scores.rows(); ++r) sum += double{scores.row(r)[followed[k].first]};
      dependence.means[k][v] = sum / static_cast<double>(scores.rows());
    }
  }
  return dependence;
}

// The columns by name, the most important first, or in the order of the table.
std::vector<std::int64_t> order_of(const RawColumns& raw, const std::vector<ColumnImportance>& importance) {
  std::vector<std::int64_t> order;
  for (const ColumnImportance& column : importance) {
    const auto at = std::ranges::find(raw.columns(), column.name, &RawColumn::name);
    if (at != raw.columns().end() && column.worse > 0) order.push_back(at - raw.columns().begin());
  }
  // Of many columns without known importance, a few would be arbitrary.
  if (importance.empty() && raw.columns().size() <= most_dependences) {
    order.resize(raw.columns().size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
  }
  if (order.size() > most_dependences) order.resize(most_dependences);
  return order;
}

// Of a matrix without names, importance has numbers.
void name_columns(const MeasuredRows& rows, const RawColumns& raw, std::vector<ColumnImportance>& importance) {
  if (rows.table != nullptr) return;
  std::map<std::string, std::string> names;
  for (std::int64_t c = std::ssize(rows.data->feature_names); c < std::ssize(raw.columns()); ++c)
    names[std::to_string(c + 1)] = raw.columns()[c].name;
  for (ColumnImportance& column : importance) {
    if (const auto at = names.find(column.name); at != names.end()) column.name = at->second;
  }
}

void measure_importance(const Model& model, const MeasuredRows& rows, double seconds, const MeasureOptions& options,
                        const RawColumns& raw, RowsReport& report) {
  const std::size_t columns = raw.columns().size();
  const std::vector<std::int64_t> trial = sample_of(rows.data->rows(), least_importance_rows);
  const ChangeableRows few(model, rows, trial, options.threads);
  static_cast<void>(few.evaluation_seconds());
  const double once = few.evaluation_seconds() * static_cast<double>(repeats) * static_cast<double>(columns);
  if (once > seconds) {
    report.notes.push_back("the importance of the " + std::to_string(columns) +
                           " columns was not measured, because it would take longer than the time for it; millrace "
                           "report measures it afterwards");
    return;
  }
  const double factor = seconds / std::max(once, 1e-6);
  const auto count = std::clamp(static_cast<std::int64_t>(factor * static_cast<double>(trial.size())),
                                least_importance_rows, most_importance_rows);
  const std::vector<std::int64_t> sample = sample_of(rows.data->rows(), count);
  report.importance = ChangeableRows(model, rows, sample, options.threads).importance();
  name_columns(rows, raw, report.importance);
  report.importance_rows = std::ssize(sample);
}

}  // namespace

void measure_columns(const Model& model, const MeasuredRows& rows, const RawColumns& raw, const Answers& answers,
                     const MeasureOptions& options, RowsReport& report) {
  if (!model.compiled().outputs.empty() || answers.not_finite > 0) return;
  const Stopwatch watch;
  measure_importance(model, rows, options.seconds / 2, options, raw, report);
  const std::vector<std::int64_t> sample = sample_of(rows.data->rows(), most_dependence_rows);
  ChangeableRows changeable(model, rows, sample, options.threads);
  const auto followed = followed_outputs(answers, *rows.data);
  for (const std::int64_t c : order_of(raw, report.importance)) {
    if (watch.seconds() > options.seconds) {
      report.notes.emplace_back("the time did not suffice for the mean answer along every important column");
      break;
    }
    Dependence dependence = dependence_on(c, raw, sample, followed, changeable);
    if (!dependence.means.empty()) report.dependence.push_back(std::move(dependence));
  }
}

}  // namespace millrace::report
