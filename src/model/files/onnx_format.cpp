// SPDX-License-Identifier: Apache-2.0
#include "model/files/onnx_format.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "base/fail.hpp"
#include "base/utf8.hpp"
#include "export/graph_digest.hpp"
#include "model/files/onnx_format_1.hpp"

namespace millrace {

namespace {

constexpr int newest_format = 2;

std::string text_of(const PlainGraph& graph, const char* key) {
  const auto at = graph.metadata.find(key);
  return at == graph.metadata.end() ? "" : at->second;
}

// The card and the parameters describe the graph, so a change of them is a change of the model.
std::string digest_of(const PlainGraph& graph) {
  return graph_digest(graph, text_of(graph, model_key) + '\n' + text_of(graph, parameters_key));
}

int format_of(const PlainGraph& graph, const std::string& name) {
  if (!graph.metadata.contains(model_key))
    fail(ErrorKind::data, name,
         std::string("the model has no metadata '") + model_key + "', expected a model written by millrace");
  if (!graph.metadata.contains(format_key)) return 1;
  const std::string text = text_of(graph, format_key);
  if (text != std::to_string(newest_format))
    fail(ErrorKind::data, name,
         "the model has format '" + text + "', expected at most " + std::to_string(newest_format) +
             ": read it with the version of millrace that wrote it");
  return newest_format;
}

}  // namespace

void move_unread_constants(PlainGraph& graph) {
  std::set<std::string_view> read;
  for (const GraphNode& node : graph.nodes) read.insert(node.inputs.begin(), node.inputs.end());
  nlohmann::json unread = nlohmann::json::object();
  for (const auto& [name, tensor] : graph.constants) {
    if (read.contains(name)) continue;
    if (!is_utf8(name)) fail(ErrorKind::data, "onnx", "the name of a tensor is not UTF-8, expected UTF-8");
    unread[name] = tensor.values;
  }
  for (const auto& [name, values] : unread.items()) graph.constants.erase(name);
  if (!unread.empty()) graph.metadata[parameters_key] = unread.dump();
}

void seal(PlainGraph& graph) {
  graph.metadata[format_key] = std::to_string(newest_format);
  graph.metadata[digest_key] = digest_of(graph);
}

int unseal(PlainGraph& graph, const std::string& name) {
  const int format = format_of(graph, name);
  if (format == 1) {
    upgrade_from_format_1(graph);
    move_unread_constants(graph);
  } else if (text_of(graph, digest_key) != digest_of(graph)) {
    fail(ErrorKind::data, name,
         "another program has changed the model, or the file is damaged: its digest is " + digest_of(graph) +
             ", expected " + text_of(graph, digest_key) + "; use the file that millrace wrote");
  }
  return format;
}

}  // namespace millrace
