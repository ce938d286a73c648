// SPDX-License-Identifier: Apache-2.0
#include "model/files/onnx_format.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "export/onnx_file.hpp"
#include "millrace/millrace.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

// A network with parameters that no node reads.
PlainGraph exported() {
  Model model{Dense{.units = 4}, BatchNormalization{}, Dense{.units = 2, .activation = "leaky_relu:0.2"}};
  model.build(3);
  const TemporaryDirectory folder;
  model.export_onnx(folder.file("m.onnx"));
  return read_onnx(folder.file("m.onnx"));
}

void expect_refused(const std::string& part, const PlainGraph& graph) {
  const TemporaryDirectory folder;
  write_onnx(graph, folder.file("m.onnx"));
  expect_error(ErrorKind::data, {"[" + folder.file("m.onnx") + "] ", part, "expected"},
               [&] { return Model::load_onnx(folder.file("m.onnx")); });
}

TEST(OnnxFormat, FilesHaveTheFormatAndTheDigestOfTheirGraph) {
  PlainGraph graph = exported();
  EXPECT_EQ(graph.metadata.at("millrace.format"), "2");
  EXPECT_EQ(graph.metadata.at("millrace.digest").size(), 32U);
  EXPECT_EQ(unseal(graph, "m.onnx"), 2);
}

TEST(OnnxFormat, ParametersThatNoNodeReadsAreInTheMetadata) {
  const PlainGraph graph = exported();
  EXPECT_EQ(graph.metadata.at("millrace.parameters"), "{\"batch_normalization_1/moving_variance\":[1.0,1.0,1.0,1.0]}");
  EXPECT_FALSE(graph.constants.contains("batch_normalization_1/moving_variance"));
}

TEST(OnnxFormat, AnyChangeOfTheModelIsNoticed) {
  const std::map<std::string, std::function<void(PlainGraph&)>> changes{
      {"one weight", [](PlainGraph& graph) { graph.constants.at("dense_1/kernel").values[7] += 1e-6F; }},
      {"an attribute", [](PlainGraph& graph) { graph.nodes.back().attributes.at("alpha") = 0.3F; }},
      {"the card", [](PlainGraph& graph) { graph.metadata.at("millrace.model") += " "; }},
      {"an unread parameter", [](PlainGraph& graph) { graph.metadata.at("millrace.parameters") += " "; }},
      {"the digest", [](PlainGraph& graph) { graph.metadata.erase("millrace.digest"); }},
  };
  for (const auto& [what, change] : changes) {
    SCOPED_TRACE(what);
    PlainGraph graph = exported();
    change(graph);
    expect_refused("another program has changed the model, or the file is damaged: its digest is", graph);
  }
}

TEST(OnnxFormat, MetadataOfOthersMayBeAdded) {
  PlainGraph graph = exported();
  graph.metadata["owner"] = "fraud team";
  EXPECT_EQ(unseal(graph, "m.onnx"), 2);
}

TEST(OnnxFormat, ALaterFormatIsRefusedByName) {
  PlainGraph graph = exported();
  for (const char* format : {"3", "", "two"}) {
    graph.metadata["millrace.format"] = format;
    expect_refused("the model has format '" + std::string(format) + "', expected at most 2: read it with the version",
                   graph);
  }
}

TEST(OnnxFormat, AFileOfAnotherProgramIsRefusedByItsMissingMetadata) {
  PlainGraph graph = exported();
  graph.metadata.erase("millrace.model");
  expect_refused("the model has no metadata 'millrace.model', expected a model written by millrace", graph);
}

}  // namespace
}  // namespace millrace::test
