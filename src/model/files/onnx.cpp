// SPDX-License-Identifier: Apache-2.0
#include "model/files/onnx.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/fail.hpp"
#include "export/graph_digest.hpp"
#include "export/onnx_file.hpp"
#include "model/files/export_verification.hpp"
#include "model/files/onnx_format.hpp"
#include "model/files/onnx_graph.hpp"
#include "model/files/onnx_serving.hpp"
#include "model/import/imported_model.hpp"

namespace millrace {

namespace {

OnnxVersion version_of(const OnnxOptions& options) {
  return {.opset = options.opset, .highest_opset = options.highest_opset};
}

// Format 1 has no digest: the graph has to be the one that is written for the model.
void require_described(const PlainGraph& graph, const std::string& name, const Model::State& state) {
  PlainGraph written = graph_of(state);
  written.outputs.resize(1);  // format 1 had no probabilities
  std::erase_if(written.nodes, [&](const GraphNode& node) { return node.name == OnnxOptions().probabilities_name; });
  if (graph_digest(graph, "") != graph_digest(written, ""))
    fail(ErrorKind::data, name,
         "the graph is not the one that its metadata describe, expected a file that no other program has changed");
}

// A file of one of our models has such keys even if it lost its card; that of an estimator, millrace.sklearn, has none.
bool is_foreign(const PlainGraph& graph) {
  return std::ranges::none_of(graph.metadata, [](const auto& entry) { return entry.first.starts_with(own_prefix); });
}

// Rows tried, the largest difference, and by what: JSON.
std::string certificate_text(const ExportCheck& check) {
  return nlohmann::ordered_json{{"rows", check.rows},
                                {"largest_difference", check.difference},
                                {"allowed_difference", check.allowed},
                                {"evaluator", "millrace, every operator in double"},
                                {"millrace", MILLRACE_VERSION},
                                {"onnx", onnx_library_version()}}
      .dump();
}

}  // namespace

std::string onnx_bytes(const Model::State& state, const OnnxOptions& options) {
  check_onnx_options(options);
  static_cast<void>(state.with_weights("export"));
  if (const std::string parameter = state.store->first_non_finite(); !parameter.empty())
    fail(ErrorKind::non_finite, "export", parameter + " is not finite, expected finite numbers");
  PlainGraph graph = graph_of(state, options);
  seal(graph);
  std::string bytes = serialize_onnx(std::move(graph), version_of(options));
  const ExportCheck check = verify_export(state, [&] { return parse_onnx(bytes, "export"); });
  return with_metadata(std::move(bytes), {{certificate_key, certificate_text(check)}});
}

int newest_onnx_opset() { return greatest_opset(); }

void check_onnx_options(const OnnxOptions& options) { check_version(version_of(options)); }

std::string onnx_description(const Model::State& state, const OnnxOptions& options) {
  check_onnx_options(options);
  static_cast<void>(state.with_weights("onnx_description"));
  PlainGraph graph = graph_of(state, options);
  seal(graph);
  return describe_graph(graph, options.opset);
}

void check_onnx(const Model::State& state, const OnnxOptions& options) {
  check_onnx_options(options);
  require_onnx_size(state.with_weights("check_onnx"));
  static_cast<void>(accepted_version(graph_of(state, options), version_of(options)));
}

void require_onnx_size(const Network& network) {
  const std::uint64_t bytes = static_cast<std::uint64_t>(network.weight_count()) * sizeof(float);
  if (bytes <= greatest_onnx_bytes) return;
  const auto& parameters = network.parameters();
  const auto largest = std::ranges::max_element(parameters, {}, &NetworkParameter::size);
  fail(ErrorKind::usage, "onnx",
       "the weights have " + std::to_string(bytes) + " bytes, those of " + largest->name + " " +
           std::to_string(static_cast<std::uint64_t>(largest->size) * sizeof(float)) + ", expected at most " +
           std::to_string(greatest_onnx_bytes) + ", which is what an ONNX file can hold: make that layer smaller");
}

void read_model(OnnxContent&& content, const std::string& name, Model::State& state) {
  PlainGraph graph = std::move(content.graph);
  if (is_foreign(graph)) return import_model(std::move(graph), content.maker, name, state, std::move(content.places));
  if (const auto numbers = graph.metadata.find(numbers_key); numbers != graph.metadata.end())
    fail(ErrorKind::data, name,
         "has " + numbers->second +
             " numbers, which are for other programs, expected the model or the checkpoint that it was made from");
  const int format = unseal(graph, name);
  set_model(graph, name, state);
  if (format == 1) require_described(graph, name, state);
}

void read_model(const std::string& path, Model::State& state) { read_model(read_onnx_content(path), path, state); }

void read_model(std::string_view bytes, const std::string& name, Model::State& state) {
  read_model(parse_onnx_content(bytes, name), name, state);
}

}  // namespace millrace
