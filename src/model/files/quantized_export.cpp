// SPDX-License-Identifier: Apache-2.0
#include "model/files/quantized_export.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "export/onnx_file.hpp"
#include "export/quantize.hpp"
#include "model/files/export_verification.hpp"
#include "model/files/graph_rows.hpp"
#include "model/files/onnx.hpp"
#include "model/files/onnx_format.hpp"
#include "model/files/onnx_graph.hpp"
#include "model/files/onnx_serving.hpp"
#include "model/files/quantized_measure.hpp"
#include "model/files/table_graph.hpp"

namespace millrace {

namespace {

constexpr const char* who = "export";
constexpr std::int64_t most_observed_rows = 1000;
constexpr double half_tolerance = 0.02;  // on random rows, of the largest output of a row

std::string name_of(SmallNumbers numbers) {
  switch (numbers) {
    case SmallNumbers::int8:
      return "int8";
    case SmallNumbers::int8_dynamic:
      return "int8_dynamic";
    default:
      return "fp16";
  }
}

// What the nodes of the graph compute for these rows.
ObservedValues observed_on(const Model::State& state, const PlainGraph& whole, const Dataset& rows) {
  const PlainGraph graph = from_features(whole, state.card);
  ObservedValues observed;
  for (std::int64_t first = 0; first < rows.rows(); first += graph_rows)
    observe(graph, feature_values(state, rows, first, std::min(graph_rows, rows.rows() - first)), observed);
  return observed;
}

PlainGraph smaller(const Model::State& state, PlainGraph graph, const Dataset& rows, SmallNumbers numbers) {
  const std::vector<std::string> values = prepared_values(state.card);
  const std::set<std::string> prepared(values.begin(), values.end());
  if (numbers == SmallNumbers::int8_dynamic) return with_dynamic_bytes(std::move(graph), prepared);
  const ObservedValues observed = observed_on(state, graph, rows);
  return numbers == SmallNumbers::int8 ? with_bytes(std::move(graph), observed, prepared)
                                       : with_halves(std::move(graph), observed, prepared);
}

void measure(const Model::State& state, const PlainGraph& graph, const Dataset& held_out,
             const QuantizeOptions& options, QuantizeReport& report) {
  const MetricLoss found = compare_metrics(state, graph, held_out, who);
  report.rows = found.rows;
  report.largest_difference = found.largest_difference;
  report.metric = found.metric;
  report.full = found.full;
  report.quantized = found.quantized;
  if (found.share <= options.max_loss) return;
  fail(ErrorKind::mismatch, who,
       report.metric + " on " + std::to_string(report.rows) + " held-out rows is " + number_text(report.quantized) +
           " with " + name_of(options.numbers) + " numbers, and " + number_text(report.full) +
           " with fp32: worse by more than " + number_text(100 * options.max_loss) +
           " %; no file was written. Allow more, or use the fp32 model");
}

void compare_on_random_rows(const Model::State& state, const PlainGraph& graph, const Dataset& rows,
                            QuantizeReport& report) {
  const Matrix full = outputs_of(state, rows), small = outputs_of_graph(state, graph, rows);
  report.largest_difference = largest_difference(full, small);
  for (std::int64_t r = 0; r < full.rows(); ++r) {
    double size = 1, difference = 0;
    for (std::int64_t c = 0; c < full.columns(); ++c) {
      const auto exact = static_cast<double>(full.row(r)[c]);
      if (!std::isfinite(exact)) continue;
      size = std::max(size, std::abs(exact));
      difference = std::max(difference, std::abs(exact - static_cast<double>(small.row(r)[c])));
    }
    if (difference <= half_tolerance * size) continue;
    fail(ErrorKind::mismatch, who,
         "the model in half precision differs by " + number_text(difference) + " on one of " +
             std::to_string(full.rows()) + " random rows, expected at most " + number_text(half_tolerance * size) +
             "; no file was written");
  }
}

std::string certificate(const QuantizeReport& report, const QuantizeOptions& options) {
  nlohmann::ordered_json text{{"rows", report.rows}, {"largest_difference", report.largest_difference}};
  if (report.rows > 0) {
    text["metric"] = report.metric;
    text["fp32"] = report.full;
    text[name_of(options.numbers)] = report.quantized;
    text["max_loss"] = options.max_loss;
  }
  text["evaluator"] = "millrace, every operator in double, results rounded";
  text["millrace"] = MILLRACE_VERSION;
  text["onnx"] = onnx_library_version();
  return text.dump();
}

void check(const Model::State& state, const Dataset& training, const Dataset& held_out,
           const QuantizeOptions& options) {
  if (!(options.max_loss >= 0 && options.max_loss <= 1))
    fail(ErrorKind::usage, who, "max_loss is " + number_text(options.max_loss) + ", expected 0 to 1");
  const bool needs_training = options.numbers == SmallNumbers::int8,
             needs_held_out = options.numbers != SmallNumbers::fp16;
  if ((needs_training && training.rows() == 0) || (needs_held_out && held_out.rows() == 0))
    fail(ErrorKind::usage, who,
         name_of(options.numbers) + " numbers of " + std::to_string(training.rows()) + " training rows and " +
             std::to_string(held_out.rows()) + " held-out rows, expected rows of both to choose scales and to measure");
  if (training.rows() > 0) state.check_features(training, who);
  if (held_out.rows() > 0) state.check_rows(held_out, *state.objective(who), who);
}

}  // namespace

QuantizedModel quantize_model(const Model::State& state, const Dataset& training, const Dataset& held_out,
                              const QuantizeOptions& options) {
  check(state, training, held_out, options);
  QuantizedModel result;
  result.report.full_bytes = onnx_bytes(state, options.onnx).size();  // which checks the model, too
  PlainGraph graph = graph_of(state, options.onnx);
  const Matrix random = random_features(state, graph);
  const Dataset random_rows = Dataset::view(random.values(), random.columns());
  graph = smaller(state, std::move(graph), training.rows() > 0 ? some_rows(training, most_observed_rows) : random_rows,
                  options.numbers);
  graph.metadata.erase(parameters_key);
  graph.metadata[numbers_key] = name_of(options.numbers);
  seal(graph);
  const OnnxVersion version{.opset = options.onnx.opset, .highest_opset = options.onnx.highest_opset};
  std::string bytes = serialize_onnx(std::move(graph), version);
  const PlainGraph written = parse_onnx(bytes, who);
  if (held_out.rows() > 0)
    measure(state, written, held_out, options, result.report);
  else
    compare_on_random_rows(state, written, random_rows, result.report);
  result.bytes = with_metadata(std::move(bytes), {{certificate_key, certificate(result.report, options)}});
  result.report.quantized_bytes = result.bytes.size();
  return result;
}

}  // namespace millrace
