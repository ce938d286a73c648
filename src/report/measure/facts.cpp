// SPDX-License-Identifier: Apache-2.0
#include "report/measure/facts.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/excerpt.hpp"
#include "base/formatted.hpp"
#include "base/order.hpp"
#include "model/answer.hpp"
#include "network/network.hpp"
#include "ops/activations/activation.hpp"
#include "report/html.hpp"
#include "report/measure/histogram.hpp"

namespace millrace::report {

namespace {

constexpr std::size_t most_columns = 300, most_levels = 6, most_classes = 20;
constexpr std::int64_t most_cells = 2'000'000, most_rows = 20'000, least_sample = 1000;

std::string shape_of(const Shape& shape) {
  std::string text;
  for (const std::int64_t extent : shape) text += (text.empty() ? "" : "\xC3\x97") + std::to_string(extent);
  return text;
}

std::string task_of(const ModelCard& card, const Answer& answer, std::int64_t outputs) {
  if (!card.compiled.outputs.empty()) return "gives " + std::to_string(card.compiled.outputs.size()) + " outputs";
  if (answer.is_class()) return "tells " + counted(answer.classes.size(), "class", "classes") + " apart";
  if (answer.kind == Answer::Kind::value) return "predicts a number";
  return "predicts " + counted(outputs, "value");
}

// The words of a fitted column: "one-hot, 5 numbers".
std::string prepared_text(const PreparedColumn& column) {
  const ColumnRecord record = column.record();
  const auto word = [&](const char* key) {
    const auto at = record.words.find(key);
    return at == record.words.end() ? std::string() : at->second;
  };
  const auto number = [&](const char* key, std::size_t index) {
    const auto at = record.numbers.find(key);
    return at == record.numbers.end() || at->second.size() <= index ? 0.0 : at->second[index];
  };
  std::string text;
  if (column.kind() == ColumnKind::number) {
    const std::string scale = word("scale");
    const bool shifts = scale == "standard" || scale == "minmax" || scale == "robust";
    text = scale == "none" ? "as it is" : "scaled (" + scale + ")";
    if (shifts) text += ": minus " + short_text(number("scale", 0)) + ", divided by " + short_text(number("scale", 1));
  } else if (column.kind() == ColumnKind::category) {
    const std::string encode = word("encode");
    text = encode == "onehot"      ? "one-hot: " + counted(column.width(), "number")
           : encode == "embedding" ? "embedding: a vector of " + std::to_string(column.dimension()) + " for each of " +
                                         std::to_string(column.slots()) + " levels or groups of levels"
                                   : "ordinal: the number of its level, scaled";
  } else if (column.kind() == ColumnKind::boolean) {
    text = "0 or 1";
  } else {
    text = "date: " + counted(column.width(), "number");
  }
  if (column.kind() == ColumnKind::number || column.kind() == ColumnKind::boolean) {
    text += "; missing: " + short_text(number("fill", 0));
    if (number("fill", 1) != 0) text += ", and a number that says so";
  }
  return text;
}

std::map<std::string, std::string> preparations(const Model::State& state) {
  std::map<std::string, std::string> words;
  if (state.card.table) {
    for (const auto& column : state.card.table->columns()) words[column->name()] = prepared_text(*column);
    return words;
  }
  const Preparation& preparation = state.preparation;
  for (std::int64_t c = 0; c < std::ssize(preparation.mean); ++c) {
    const std::int64_t raw = preparation.columns.empty() ? c : preparation.columns[c];
    const std::string name =
        raw < std::ssize(state.card.feature_names) ? state.card.feature_names[raw] : unnamed_column(raw);
    words[name] = "scaled (standard): minus " + short_text(double{preparation.mean[c]}) + ", divided by " +
                  short_text(double{preparation.scale[c]});
  }
  return words;
}

void add_levels(const std::vector<std::string>& levels, const std::vector<double>& values, std::size_t most,
                ColumnFact& fact) {
  std::vector<std::int64_t> counts(levels.size());
  for (const double level : values) {
    if (level >= 0 && level < static_cast<double>(counts.size())) ++counts[static_cast<std::size_t>(level)];
  }
  const auto all = static_cast<double>(values.size());
  for (const std::int64_t level : largest_first(counts)) {
    const auto count = static_cast<double>(counts[level]);
    if (counts[level] >= least_rows && fact.levels.size() < most) {
      fact.levels.emplace_back(levels[level], count / all);
    } else {
      fact.other_levels += 1;
      fact.other_share += count / all;
    }
  }
}

void add_numbers(std::vector<double> values, ColumnFact& fact) {
  if (values.empty()) return;
  constexpr std::size_t bins = 20;
  fact.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  fact.histogram = histogram_of(values, {}, bins);
  std::ranges::sort(values);
  const double low = quantile(values, 0.05), high = quantile(values, 0.95);
  fact.low = rounded(low, high - low);
  fact.median = rounded(quantile(values, 0.5), high - low);
  fact.high = rounded(high, high - low);
}

// value(i): of sampled row i.
template <class Value>
ColumnFact fact_of(const RawColumn& column, std::int64_t rows, std::size_t sampled, const Value& value) {
  ColumnFact fact{.name = column.name, .kind = column.kind, .rows = rows};
  std::vector<double> values;
  for (std::size_t i = 0; i < sampled; ++i) {
    const double found = value(i);
    if (std::isfinite(found)) values.push_back(found);
  }
  const auto missing = static_cast<double>(sampled - values.size());
  fact.missing = std::llround(missing * static_cast<double>(rows) / static_cast<double>(sampled));
  if (!column.levels.empty())
    add_levels(column.levels, values, column.kind == ColumnKind::label ? most_classes : most_levels, fact);
  else
    add_numbers(std::move(values), fact);
  return fact;
}

// Columns of the table that are neither features nor targets.
std::vector<std::string> unused_columns(const RawColumns& raw, const Table* table,
                                        const std::vector<std::string>& targets) {
  std::vector<std::string> unused;
  for (std::size_t c = 0; table != nullptr && c < table->columns.size(); ++c) {
    const std::string& name = table->columns[c].name;
    const bool is_feature = std::ranges::find(raw.columns(), name, &RawColumn::name) != raw.columns().end();
    if (!is_feature && std::ranges::find(targets, name) == targets.end()) unused.push_back(name);
  }
  return unused;
}

}  // namespace

void describe_model(const Model::State& state, RunReport& report) {
  const ModelCard& card = state.card;
  report.target = some_names(card.target_names);
  report.title = card.target_names.empty() ? "model" : report.target;
  report.features = card.table ? std::ssize(card.table->columns()) : card.feature_columns;
  report.parameters = state.network->weight_count();
  const std::int64_t outputs = state.network->output_width();
  report.task = task_of(card, answer_of(card.compiled.loss, outputs, card.classes, card.target_names), outputs);
  for (const NetworkNode& node : state.network->nodes()) {
    std::int64_t count = 0;
    for (const int index : node.parameters) count += state.network->parameters()[index].size;
    const Activation* const activation = node.layer->activation();
    report.network.push_back({.name = node.name,
                              .operation = node.config.op + (activation == nullptr ? "" : ", " + activation->text()),
                              .shape = shape_of(node.output),
                              .parameters = count,
                              .trainable = node.trainable});
  }
}

void describe_columns(const Model& model, const Model::State& state, const MeasuredRows& rows,
                      const std::vector<ColumnImportance>& first, RunReport& report) {
  // All rows of the table, whichever of them are measured.
  Dataset all = *rows.data;
  all.selection.clear();
  const RawColumns raw(model, {&all, rows.table});
  const auto width = std::max<std::int64_t>(1, std::ssize(raw.columns()));
  const std::vector<std::int64_t> sample =
      sample_of(all.rows(), std::clamp(most_cells / width, least_sample, most_rows));
  std::vector<std::int64_t> order;
  for (const ColumnImportance& column : first) {
    const auto at = std::ranges::find(raw.columns(), column.name, &RawColumn::name);
    if (at != raw.columns().end()) order.push_back(at - raw.columns().begin());
  }
  for (std::int64_t c = 0; c < std::ssize(raw.columns()); ++c) {
    if (first.empty()) order.push_back(c);
  }
  if (order.size() > most_columns) {
    report.columns_left_out = std::ssize(order) - static_cast<std::int64_t>(most_columns);
    order.resize(most_columns);
  }
  std::map<std::string, std::string> prepared = preparations(state);
  const std::vector<std::string> targets = model.target_names(), classes = model.classes();
  for (std::int64_t t = 0; t < std::min<std::int64_t>(all.targets.columns, 8); ++t) {
    const bool one = all.targets.columns == 1;
    if (!one && !classes.empty()) break;
    const RawColumn column{.name = t < std::ssize(targets) ? targets[t] : "target",
                           .kind = classes.empty() ? ColumnKind::number : ColumnKind::label,
                           .levels = classes};
    ColumnFact fact = fact_of(column, all.rows(), sample.size(),
                              [&](std::size_t i) { return double{all.targets.row(sample[i])[t]}; });
    fact.role = "target";
    report.columns.push_back(std::move(fact));
  }
  for (const std::int64_t c : order) {
    ColumnFact fact =
        fact_of(raw.columns()[c], all.rows(), sample.size(), [&](std::size_t i) { return raw.value(c, sample[i]); });
    fact.role = "feature";
    fact.prepared = prepared[fact.name];
    report.columns.push_back(std::move(fact));
  }
  report.columns_unused = unused_columns(raw, rows.table, targets);
  report.columns_rows = std::ssize(sample) < all.rows()
                            ? std::to_string(sample.size()) + " of the " + count_text(static_cast<double>(all.rows())) +
                                  " rows, evenly spaced"
                            : "all " + count_text(static_cast<double>(all.rows())) + " rows";
}

}  // namespace millrace::report
