// SPDX-License-Identifier: Apache-2.0
//
// Models of version 0.1: tests/versions shows that they predict as before; here they are changed, and refused.
#include "model/files/onnx_format_1.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>

#include "export/onnx_file.hpp"
#include "millrace/model.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

namespace fs = std::filesystem;

std::string model_of_0_1(const std::string& name) {
  return (fs::path(MILLRACE_VERSIONS_DIR) / "0.1" / name / "model.onnx").string();
}

// Fails unless the model of version 0.1 is refused after `change`.
void expect_refused(const std::string& name, const std::function<void(PlainGraph&)>& change) {
  const TemporaryDirectory folder;
  PlainGraph graph = read_onnx(model_of_0_1(name));
  change(graph);
  write_onnx(graph, folder.file("m.onnx"));
  expect_error(ErrorKind::data, {"[" + folder.file("m.onnx") + "] ", "expected"},
               [&] { return Model::load_onnx(folder.file("m.onnx")); });
}

GraphNode& node(PlainGraph& graph, const std::string& op) {
  return *std::ranges::find_if(graph.nodes, [&](const GraphNode& n) { return n.op == op; });
}

TEST(OnnxFormat1, UnchangedGraphsLoadAgainAfterRewriting) {
  for (const char* name : {"sequence", "graph", "images", "pooling", "normalization", "poisson"}) {
    const TemporaryDirectory folder;
    write_onnx(read_onnx(model_of_0_1(name)), folder.file("m.onnx"));
    EXPECT_NO_THROW((void)Model::load_onnx(folder.file("m.onnx"))) << name;
  }
}

TEST(OnnxFormat1, ChangedNodesAreRefused) {
  expect_refused("graph", [](PlainGraph& graph) { node(graph, "LeakyRelu").attributes["alpha"] = 0.3F; });
  expect_refused("sequence", [](PlainGraph& graph) { node(graph, "Tanh").op = "Relu"; });
  expect_refused("sequence", [](PlainGraph& graph) { node(graph, "Gemm").attributes["alpha"] = 2.0F; });
  expect_refused("normalization", [](PlainGraph& graph) { node(graph, "BatchNormalization").attributes.clear(); });
  expect_refused("normalization",
                 [](PlainGraph& graph) { node(graph, "BatchNormalization").attributes["epsilon"] = 0.1F; });
  expect_refused("normalization", [](PlainGraph& graph) {
    std::swap(node(graph, "BatchNormalization").inputs[1], node(graph, "BatchNormalization").inputs[2]);
  });
  expect_refused("images", [](PlainGraph& graph) { node(graph, "Conv").attributes.erase("strides"); });
}

TEST(OnnxFormat1, ChangedConstantsAreRefused) {
  expect_refused("normalization", [](PlainGraph& graph) {
    for (auto& [name, tensor] : graph.constants)
      if (name.ends_with("/epsilon")) tensor.values[0] = 0.1F;
  });
  expect_refused("kl_divergence", [](PlainGraph& graph) { graph.constants.at("dense_1/kernel").shape = {3, 2}; });
}

TEST(OnnxFormat1, MissingConstantsAreRefused) {
  for (const char* name : {"dense_1/kernel", "dense_1/bias"})
    expect_refused("kl_divergence", [&](PlainGraph& graph) {
      graph.inputs.push_back({name, graph.constants.at(name).shape});
      graph.constants.erase(name);
      GraphNode& gemm = node(graph, "Gemm");
      gemm = {"Identity", gemm.name, {"features"}, gemm.outputs, {}};
      graph.outputs = {{gemm.outputs[0], {2}}};
      graph.nodes.erase(std::ranges::find_if(graph.nodes, [](const GraphNode& n) { return n.op == "Identity"; }) + 1,
                        graph.nodes.end());
    });
}

}  // namespace
}  // namespace millrace::test
