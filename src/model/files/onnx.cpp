// SPDX-License-Identifier: Apache-2.0
#include "model/files/onnx.hpp"

#include <utility>

#include "export/graph_digest.hpp"
#include "export/onnx_file.hpp"
#include "millrace/error.hpp"
#include "model/files/export_verification.hpp"
#include "model/files/onnx_format.hpp"
#include "model/files/onnx_graph.hpp"

namespace millrace {

namespace {

// Format 1 has no digest: the graph has to be the one that is written for the model.
void require_described(const PlainGraph& graph, const std::string& name, const Model::State& state) {
  if (graph_digest(graph, "") != graph_digest(graph_of(state), ""))
    fail(ErrorKind::data, name,
         "the graph is not the one that its metadata describe, expected a file that no other program has changed");
}

void read_graph(PlainGraph graph, const std::string& name, Model::State& state) {
  const int format = unseal(graph, name);
  set_model(graph, name, state);
  if (format == 1) require_described(graph, name, state);
}

}  // namespace

std::string onnx_bytes(const Model::State& state) {
  static_cast<void>(state.with_weights("export"));
  if (const std::string parameter = state.store->first_non_finite(); !parameter.empty())
    fail(ErrorKind::non_finite, "export", parameter + " is not finite, expected finite numbers");
  PlainGraph graph = graph_of(state);
  seal(graph);
  std::string bytes = serialize_onnx(std::move(graph));
  verify_export(state, [&] { return parse_onnx(bytes, "export"); });
  return bytes;
}

void read_model(const std::string& path, Model::State& state) { read_graph(read_onnx(path), path, state); }

void read_model(std::string_view bytes, const std::string& name, Model::State& state) {
  read_graph(parse_onnx(bytes, name), name, state);
}

}  // namespace millrace
