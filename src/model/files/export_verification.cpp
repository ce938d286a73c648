// SPDX-License-Identifier: Apache-2.0
#include "model/files/export_verification.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/fail.hpp"
#include "base/finite.hpp"
#include "base/formatted.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "export/graph_evaluator.hpp"
#include "model/files/graph_rows.hpp"
#include "model/files/raw_rows.hpp"
#include "model/files/table_graph.hpp"
#include "model/random_rows.hpp"

namespace millrace {

namespace {

constexpr std::int64_t verified_rows = 256, least_finite_rows = 64;
// Between fp32 kernels and double. For most networks, rounding stays far below. Of prepared columns, in deviations.
constexpr double tolerance = 1e-4, prepared_tolerance = 1e-6;
// Kernels also round within sums, but the rounded evaluations only at every value: their errors count this many times.
constexpr double roundings_within = 64;
// Evaluations in which values are rounded to either neighbour: where large numbers cancel out, errors of one may, too.
constexpr std::uint64_t random_roundings = 4;
// Above this, one order of operations may overflow and another not.
constexpr double nearly_infinite = 1e37;

Dataset dataset_of(const Matrix& rows) { return Dataset::view(rows.values(), rows.columns()); }

// The largest difference between a model and its graph, relative to the allowed one.
struct Difference {
  double found = 0, allowed = 1;
  std::int64_t finite_rows = 0;

  void add(double difference, double most) {
    if (difference / most > found / allowed) *this = {difference, most, finite_rows};
  }
  [[nodiscard]] bool fits() const { return found <= allowed; }
};

// `rounded`: an output in each of the rounded evaluations. `allowed`: of the largest output of a row, or of the column's
// unit, which is 1 if `units` is empty.
Difference compare(const Matrix& model, const DoubleTensor& graph, const std::vector<const DoubleTensor*>& rounded,
                   double allowed, const std::vector<double>& units) {
  Difference most;
  for (std::int64_t r = 0; r < model.rows(); ++r) {
    const std::span<const float> row(model.row(r), static_cast<std::size_t>(model.columns()));
    const bool finite = all_finite(row.data(), std::ssize(row));
    most.finite_rows += finite ? 1 : 0;
    double largest = 0;
    for (const float value : row) largest = std::max(largest, finite ? std::abs(static_cast<double>(value)) : 1.0);
    for (std::int64_t c = 0; c < model.columns(); ++c) {
      const auto at = static_cast<std::size_t>(r * model.columns() + c);
      const auto value = static_cast<double>(model.row(r)[c]);
      const double size = std::max(largest, units.empty() ? 1.0 : units[c]);
      const double exact = graph.values.at(at);
      double rounding = 0;
      bool overflows = !std::isfinite(exact);
      for (const DoubleTensor* const sample : rounded) {
        const double single = sample->values.at(at);
        if (std::isfinite(single))
          rounding = std::max(rounding, roundings_within * std::abs(exact - single));
        else
          overflows = true;
      }
      if (std::isfinite(value)) {
        const double difference = std::abs(exact - value);
        most.add(std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity(),
                 allowed * size + rounding);
      } else if (!overflows && std::abs(exact) < nearly_infinite) {
        most.add(std::numeric_limits<double>::infinity(), allowed);
      }
    }
  }
  return most;
}

// What the model and the graph get.
struct Samples {
  Matrix rows;  // features as the network's inputs take them, not standardised
  std::map<std::string, DoubleTensor> inputs;
};

Samples samples_of(const Model::State& state, const PlainGraph& graph) {
  if (!state.card.table) {
    Matrix rows = random_rows(state, verified_rows);
    std::map<std::string, DoubleTensor> inputs = feature_values(state, dataset_of(rows), 0, rows.rows());
    return {std::move(rows), std::move(inputs)};
  }
  RawRows raw = random_raw_rows(*state.card.table, graph.inputs, verified_rows);
  return {std::move(raw.prepared), std::move(raw.inputs)};
}

// Outputs of the graph, and after them the values of the prepared columns.
class Evaluations {
 public:
  /// `graph` is one that written() returns.
  Evaluations(PlainGraph graph, const std::function<PlainGraph()>& written,
              const std::map<std::string, DoubleTensor>& inputs, std::vector<std::string> prepared)
      : written_(written),
        inputs_(inputs),
        prepared_(std::move(prepared)),
        exact_(evaluate(std::move(graph), Arithmetic::exact)) {}

  [[nodiscard]] const std::vector<DoubleTensor>& exact() const { return exact_; }
  /// Compares output number `index`; rounds only if it has to.
  [[nodiscard]] Difference difference(const Matrix& model, std::size_t index, double allowed,
                                      const std::vector<double>& units = {}) {
    const Difference difference = compare(model, exact_.at(index), {}, allowed, units);
    if (difference.fits()) return difference;
    if (rounded_.empty()) {
      rounded_.push_back(evaluate(written_(), Arithmetic::rounded));
      for (std::uint64_t seed = 0; seed < random_roundings; ++seed) rounded_.push_back(evaluate_randomly(seed));
    }
    std::vector<const DoubleTensor*> samples;
    for (const std::vector<DoubleTensor>& sample : rounded_) samples.push_back(&sample.at(index));
    return compare(model, exact_.at(index), samples, allowed, units);
  }

 private:
  [[nodiscard]] std::vector<DoubleTensor> evaluate(PlainGraph graph, Arithmetic arithmetic,
                                                   const ValueWatcher& watch = {}) const {
    for (const std::string& name : prepared_) graph.outputs.push_back({name, {}});
    return evaluate_graph(std::move(graph), inputs_, arithmetic, watch);
  }
  [[nodiscard]] std::vector<DoubleTensor> evaluate_randomly(std::uint64_t seed) const {
    Random random(seed, RandomStream::noise);
    return evaluate(written_(), Arithmetic::rounded, [&](const std::string&, DoubleTensor& value) {
      if (value.type != ValueType::real32) return;
      for (double& number : value.values) {
        // Counts, and indices of levels, are exact.
        const bool counts = std::abs(number) < 0x1p24 && number == std::trunc(number);
        if (counts || !std::isfinite(number)) continue;
        constexpr float infinity = std::numeric_limits<float>::infinity();
        number = static_cast<double>(
            std::nextafter(static_cast<float>(number), random.below(2) == 0 ? infinity : -infinity));
      }
    });
  }

  const std::function<PlainGraph()>& written_;
  const std::map<std::string, DoubleTensor>& inputs_;
  const std::vector<std::string> prepared_;
  std::vector<DoubleTensor> exact_;
  std::vector<std::vector<DoubleTensor>> rounded_;
};

// The columns of one output.
Matrix columns_of(const Matrix& all, const NetworkOutput& output) {
  Matrix own(all.rows(), output.width);
  for (std::int64_t r = 0; r < all.rows(); ++r) std::copy_n(all.row(r) + output.first, output.width, own.row(r));
  return own;
}

// What one unit of the network's outputs is in the unit of the targets. Empty: 1.
std::vector<double> units_of(const ModelCard& card) {
  std::vector<double> units;
  for (std::int64_t o = 0; card.target_scale && o < card.target_scale->outputs(); ++o)
    units.push_back(std::abs(static_cast<double>(card.target_scale->own(o, 1) - card.target_scale->own(o, 0))));
  return units;
}

// Compares every output, and returns the largest difference.
Difference difference_of(Evaluations& graph, const Model::State& state, const Matrix& model) {
  const Network& network = *state.network;
  if (network.outputs().size() == 1) return graph.difference(model, 0, tolerance, units_of(state.card));
  Difference most;
  for (std::size_t i = 0; i < network.outputs().size(); ++i) {
    const Difference next = graph.difference(columns_of(model, network.outputs()[i]), i, tolerance);
    most.add(next.found, next.allowed);
    most.finite_rows = i == 0 ? next.finite_rows : std::min(most.finite_rows, next.finite_rows);
  }
  return most;
}

// How messages name the graph, and what they say of the file.
struct Wording {
  std::string graph, consequence;
};
const Wording written_graph{"the exported graph", "; no file was written"}, graph_of_file{"the graph of the file", ""};

ExportCheck require_fit(const Difference& difference, const std::string& where, std::int64_t rows,
                        const Wording& words) {
  if (!difference.fits())
    fail(ErrorKind::mismatch, "export",
         words.graph + " differs from the model by " + number_text(difference.found) + where + " on one of " +
             counted(rows, "row") + ", expected at most " + number_text(difference.allowed) + words.consequence);
  return {.rows = rows, .difference = difference.found, .allowed = difference.allowed};
}

// `first`: the number of the first prepared column among the outputs.
void verify_columns(const TablePreparation& table, const Matrix& prepared, std::size_t first, const Wording& words,
                    Evaluations& graph) {
  for (std::int64_t c = 0; c < std::ssize(table.columns()); ++c) {
    const PreparedColumn& column = *table.columns()[c];
    Matrix values(prepared.rows(), column.width());
    for (std::int64_t r = 0; r < prepared.rows(); ++r)
      std::copy_n(prepared.row(r) + table.place(c), column.width(), values.row(r));
    static_cast<void>(require_fit(graph.difference(values, first + static_cast<std::size_t>(c), prepared_tolerance),
                                  " in column '" + column.name() + "'", values.rows(), words));
  }
}

// Where rounding decides between two classes, the model's outputs and the graph's may say different ones: either is right.
void verify_labels(const Answer& answer, const Matrix& model, const DoubleTensor& scores, const DoubleTensor& labels,
                   const Wording& words) {
  for (std::int64_t r = 0; r < model.rows(); ++r) {
    const double* const exact = scores.values.data() + r * model.columns();
    if (!all_finite(model.row(r), model.columns())) continue;
    const std::int64_t expected = answer.class_of(model.row(r));
    if (answer.class_of(exact) != expected) continue;
    const auto at = static_cast<std::size_t>(r);
    const std::string& name = answer.classes.at(static_cast<std::size_t>(expected));
    const std::string found = labels.type == ValueType::text
                                  ? labels.texts.at(at)
                                  : std::to_string(static_cast<std::int64_t>(labels.values.at(at)));
    if (found != name)
      fail(ErrorKind::mismatch, "export",
           words.graph + " has the label '" + found + "' for one of " + counted(model.rows(), "row") + ", expected '" +
               name + "'" + words.consequence);
  }
}

struct Comparison {
  ExportCheck check;
  std::int64_t finite_rows = 0;
};

// Prepared columns, scores and labels of the graph `first`, which is one that written() returns.
Comparison compare_with(const Model::State& state, PlainGraph first, const std::function<PlainGraph()>& written,
                        const Samples& samples, const Wording& words) {
  const std::size_t outputs = first.outputs.size();
  const Matrix model = outputs_of(state, dataset_of(samples.rows));
  Evaluations graph(std::move(first), written, samples.inputs, prepared_values(state.card));
  if (state.card.table) verify_columns(*state.card.table, samples.rows, outputs, words, graph);
  const Difference difference = difference_of(graph, state, model);
  const ExportCheck check = require_fit(difference, "", model.rows(), words);
  // The label is the output after the scores.
  if (const Answer answer = answer_of(state.card, state.network->output_shape()); state.card.table && answer.is_class())
    verify_labels(answer, model, graph.exact()[0], graph.exact()[1], words);
  return {check, difference.finite_rows};
}

}  // namespace

Matrix random_features(const Model::State& state, const PlainGraph& graph) { return samples_of(state, graph).rows; }

ExportCheck verify_export(const Model::State& state, const std::function<PlainGraph()>& written) {
  PlainGraph first = written();
  const Samples samples = samples_of(state, first);
  const Comparison comparison = compare_with(state, std::move(first), written, samples, written_graph);
  if (comparison.finite_rows < least_finite_rows) {
    fail(ErrorKind::non_finite, "export",
         "the model's outputs are finite for " + std::to_string(comparison.finite_rows) + " of " +
             std::to_string(verified_rows) + " random rows, expected " + std::to_string(least_finite_rows) +
             " or more: standardise the features, or train with a lower learning rate or a penalty");
  }
  return comparison.check;
}

ExportCheck compare_with_graph(const Model::State& state, const Dataset& table,
                               const std::function<PlainGraph()>& written) {
  if (state.card.table)
    fail(ErrorKind::usage, "verify", "rows of numbers for a model that takes raw columns, expected a table");
  Matrix rows(std::min(table.rows(), most_compared_rows), table.features.columns);
  for (std::int64_t r = 0; r < rows.rows(); ++r)
    std::copy_n(table.features.row(table.table_row(r)), rows.columns(), rows.row(r));
  std::map<std::string, DoubleTensor> inputs = feature_values(state, dataset_of(rows), 0, rows.rows());
  return compare_with(state, written(), written, {std::move(rows), std::move(inputs)}, graph_of_file).check;
}

ExportCheck compare_with_graph(const Model::State& state, const Table& table,
                               const std::function<PlainGraph()>& written) {
  PlainGraph first = written();
  RawRows raw = raw_rows_of(table, state.with_table("verify"), first.inputs, most_compared_rows);
  return compare_with(state, std::move(first), written, {std::move(raw.prepared), std::move(raw.inputs)}, graph_of_file)
      .check;
}

}  // namespace millrace
