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
#include "base/random.hpp"
#include "base/text.hpp"
#include "export/graph_evaluator.hpp"

namespace millrace {

namespace {

constexpr std::int64_t verified_rows = 256, least_finite_rows = 64;
// Between fp32 kernels and double. For most networks, rounding stays far below.
constexpr double tolerance = 1e-4;
// Kernels also round within sums, but the rounded evaluation only at every value: its error counts this many times.
constexpr double roundings_within = 64;
// Above this, one order of operations may overflow and another not.
constexpr double nearly_infinite = 1e37;

// Random rows. If the model standardises its inputs, the standardised values are standard normal. Else their size is
// unknown: each of eight rows is half as large as the one before.
Matrix sample_rows(const Model::State& state) {
  Matrix rows(verified_rows, state.card.feature_columns);
  Random random(0, RandomStream::noise);
  for (std::int64_t r = 0; r < rows.rows(); ++r) {
    for (std::int64_t c = 0; c < rows.columns(); ++c) {
      const double draw = random.normal();
      const bool scaled = !state.preparation.mean.empty();
      const auto column = static_cast<std::size_t>(c);
      rows.row(r)[c] = static_cast<float>(scaled ? draw * static_cast<double>(state.preparation.scale[column]) +
                                                       static_cast<double>(state.preparation.mean[column])
                                                 : std::ldexp(draw, -static_cast<int>(r % 8)));
    }
  }
  for (std::size_t i = 0; i < state.card.columns.size(); ++i) {
    const std::int64_t categories = state.network->categories(i);
    for (std::int64_t r = 0; categories > 0 && r < rows.rows(); ++r) {
      for (const std::int64_t column : state.card.columns[i])
        rows.row(r)[column] = static_cast<float>(random.below(static_cast<std::uint64_t>(categories)));
    }
  }
  return rows;
}

std::map<std::string, DoubleTensor> inputs_of(const Model::State& state, const Matrix& rows) {
  std::map<std::string, DoubleTensor> inputs;
  for (std::size_t i = 0; i < state.network->inputs().size(); ++i) {
    const NetworkInput& input = state.network->inputs()[i];
    DoubleTensor tensor{input.shape, {}};
    tensor.shape.insert(tensor.shape.begin(), rows.rows());
    for (std::int64_t r = 0; r < rows.rows(); ++r) {
      for (const std::int64_t column : state.card.columns[i])
        tensor.values.push_back(static_cast<double>(rows.row(r)[column]));
    }
    inputs[input.name] = std::move(tensor);
  }
  return inputs;
}

// The largest difference between a model and its graph, relative to the allowed one.
struct Difference {
  double found = 0, allowed = 1;
  std::int64_t finite_rows = 0;

  void add(double difference, double most) {
    if (difference / most > found / allowed) *this = {difference, most, finite_rows};
  }
  [[nodiscard]] bool fits() const { return found <= allowed; }
};

// `rounded`: the outputs of the rounded evaluation, or null.
Difference compare(const Matrix& model, const DoubleTensor& graph, const DoubleTensor* rounded) {
  Difference most;
  for (std::int64_t r = 0; r < model.rows(); ++r) {
    const std::span<const float> row(model.row(r), static_cast<std::size_t>(model.columns()));
    const bool finite = all_finite(row.data(), std::ssize(row));
    most.finite_rows += finite ? 1 : 0;
    double size = 1;
    for (const float value : row) size = std::max(size, finite ? std::abs(static_cast<double>(value)) : 1.0);
    for (std::int64_t c = 0; c < model.columns(); ++c) {
      const auto at = static_cast<std::size_t>(r * model.columns() + c);
      const auto value = static_cast<double>(model.row(r)[c]);
      const double exact = graph.values.at(at), single = rounded != nullptr ? rounded->values.at(at) : exact;
      if (std::isfinite(value)) {
        const double rounding = std::isfinite(single) ? roundings_within * std::abs(exact - single) : 0;
        const double difference = std::abs(exact - value);
        most.add(std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity(),
                 tolerance * size + rounding);
      } else if (std::isfinite(single) && std::abs(exact) < nearly_infinite) {
        most.add(std::numeric_limits<double>::infinity(), tolerance);
      }
    }
  }
  return most;
}

// The model, and the graph in double; where they differ by more than is allowed, rounding is taken into account.
Difference difference_on(const Model::State& state, const Matrix& rows, const std::function<PlainGraph()>& written) {
  const Dataset raw = Dataset::view(rows.values(), rows.columns());
  std::optional<Matrix> model = Predictor(*state.network, *state.store, nullptr).predict({raw, &state.inputs}, 1);
  if (!model) fail(ErrorKind::data, "export", "a feature is not finite after preparation, expected finite numbers");
  if (state.card.target_scale) state.card.target_scale->undo(*model);
  const DoubleTensor graph = evaluate_graph(written(), inputs_of(state, rows)).at(0);
  const Difference difference = compare(*model, graph, nullptr);
  if (difference.fits()) return difference;
  const DoubleTensor rounded = evaluate_graph(written(), inputs_of(state, rows), Arithmetic::rounded).at(0);
  return compare(*model, graph, &rounded);
}

ExportCheck require_fit(const Difference& difference, std::int64_t rows, const std::string& graph,
                        const std::string& consequence) {
  if (!difference.fits())
    fail(ErrorKind::mismatch, "export",
         graph + " differs from the model by " + number_text(difference.found) + " on one of " + std::to_string(rows) +
             " rows, expected at most " + number_text(difference.allowed) + consequence);
  return {.rows = rows, .difference = difference.found, .allowed = difference.allowed};
}

}  // namespace

ExportCheck verify_export(const Model::State& state, const std::function<PlainGraph()>& written) {
  const Matrix rows = sample_rows(state);
  const Difference difference = difference_on(state, rows, written);
  const ExportCheck check = require_fit(difference, rows.rows(), "the exported graph", "; no file was written");
  if (difference.finite_rows < least_finite_rows) {
    fail(ErrorKind::non_finite, "export",
         "the model's outputs are finite for " + std::to_string(difference.finite_rows) + " of " +
             std::to_string(rows.rows()) + " random rows, expected " + std::to_string(least_finite_rows) +
             " or more: standardise the features, or train with a lower learning rate or a penalty");
  }
  return check;
}

ExportCheck compare_with_graph(const Model::State& state, const Dataset& table,
                               const std::function<PlainGraph()>& written) {
  Matrix rows(std::min(table.rows(), most_compared_rows), table.features.columns);
  for (std::int64_t r = 0; r < rows.rows(); ++r)
    std::copy_n(table.features.row(table.table_row(r)), rows.columns(), rows.row(r));
  return require_fit(difference_on(state, rows, written), rows.rows(), "the graph of the file", "");
}

}  // namespace millrace
