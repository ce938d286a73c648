// SPDX-License-Identifier: Apache-2.0
//
// What exported files say beside the network.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "export/graph_evaluator.hpp"
#include "export/onnx_file.hpp"
#include "export/onnx_proto.hpp"
#include "millrace/millrace.hpp"
#include "model/files/onnx.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

Model model_with(const LossConfig& loss, const std::string& activation = "linear", std::int64_t units = 1) {
  Model model{Dense{.units = units, .activation = activation}};
  model.compile({.optimizer = Adam{}, .loss = loss});
  model.build(3, 1);
  return model;
}

std::string text_of(const Model& model, const OnnxOptions& options = {}) {
  const std::vector<std::byte> bytes = model.onnx_bytes(options);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

PlainGraph exported(const Model& model, const OnnxOptions& options = {}) {
  return parse_onnx(text_of(model, options), "m");
}

TEST(OnnxServing, LogitsHaveProbabilitiesBeside) {
  const PlainGraph one = exported(model_with(BinaryCrossentropy{.from_logits = true}));
  ASSERT_EQ(one.outputs.size(), 2U);
  EXPECT_EQ(one.outputs[1].name, "probabilities");
  EXPECT_EQ(one.nodes.back().op, "Sigmoid");
  const PlainGraph many = exported(model_with(SparseCategoricalCrossentropy{.from_logits = true}, "linear", 4));
  EXPECT_EQ(many.nodes.back().op, "Softmax");
  const std::vector<DoubleTensor> outputs = evaluate_graph(many, {{"features", {{1, 3}, {1, 2, 3}}}});
  double sum = 0;
  for (const double p : outputs.at(1).values) sum += p;
  EXPECT_NEAR(sum, 1, 1e-12);
  for (const LossConfig& loss : {LossConfig(MeanSquaredError{}), LossConfig(Hinge{})})
    EXPECT_EQ(exported(model_with(loss)).outputs.size(), 1U);
}

TEST(OnnxServing, FilesHaveTheThreshold) {
  EXPECT_EQ(exported(model_with(BinaryCrossentropy{}, "sigmoid")).metadata.at("threshold"), "0.5");
  EXPECT_EQ(exported(model_with(BinaryCrossentropy{.from_logits = true})).metadata.at("threshold"), "0");
  EXPECT_EQ(exported(model_with(Hinge{})).metadata.at("threshold"), "0");
  EXPECT_FALSE(exported(model_with(MeanSquaredError{})).metadata.contains("threshold"));
  Model model = model_with(BinaryCrossentropy{}, "sigmoid");
  model.set_threshold(0.125);
  EXPECT_EQ(exported(model).metadata.at("threshold"), "0.125");
  EXPECT_EQ(Model::load_onnx(model.onnx_bytes()).threshold(), 0.125);
  EXPECT_EQ(Model::load_checkpoint(model.checkpoint_bytes()).threshold(), 0.125);
  expect_error(ErrorKind::usage, {"[set_threshold]", "nan"}, [&] { model.set_threshold(std::nan("")); });
}

TEST(OnnxServing, UsersNameOutputsAndAddMetadata) {
  const OnnxOptions options{.output_name = "score", .probabilities_name = "p", .metadata = {{"owner", "pricing"}}};
  const Model model = model_with(BinaryCrossentropy{.from_logits = true});
  const PlainGraph graph = exported(model, options);
  EXPECT_EQ(graph.outputs.at(0).name, "score");
  EXPECT_EQ(graph.outputs.at(1).name, "p");
  EXPECT_EQ(graph.metadata.at("owner"), "pricing");
  EXPECT_EQ(graph.metadata.at("millrace.outputs"), R"({"scores":"score","probabilities":"p"})");
  EXPECT_EQ(Model::load_onnx(model.onnx_bytes(options)).weights("dense_1/kernel"), model.weights("dense_1/kernel"));
  for (const char* const key : {"threshold", "classes", "millrace.model", ""})
    expect_error(ErrorKind::usage, {"[export] metadata '", "expected another key"}, [&] {
      return model.onnx_bytes({.metadata = {{key, "1"}}});
    });
  expect_error(ErrorKind::usage, {"has the name 'features'"},
               [&] { return model.onnx_bytes({.output_name = "features"}); });
  expect_error(ErrorKind::usage, {"has the name ''"}, [&] { return model.onnx_bytes({.output_name = ""}); });
  expect_error(ErrorKind::usage, {"[export] the name of the output is not UTF-8"},
               [&] { return model.onnx_bytes({.output_name = "gr\xF6n"}); });
  expect_error(ErrorKind::usage, {"'dense_1/bias', which another value"},
               [&] { return model.onnx_bytes({.probabilities_name = "dense_1/bias"}); });
}

TEST(OnnxServing, DeclaresTheOpsetThatWasChosen) {
  const Model model = model_with(MeanSquaredError{});
  const auto opset = [&](const OnnxOptions& options) {
    onnx::ModelProto proto;
    EXPECT_TRUE(proto.ParseFromString(text_of(model, options)));
    return proto.opset_import(0).version();
  };
  EXPECT_EQ(opset({}), 13);
  for (const int wanted : {9, 11, 12, 15, greatest_opset()})
    EXPECT_EQ(opset({.opset = wanted, .highest_opset = wanted}), wanted);
  const std::string most = std::to_string(greatest_opset());
  expect_error(ErrorKind::usage, {"opset 8, expected 9 to " + most}, [&] { return model.onnx_bytes({.opset = 8}); });
  expect_error(ErrorKind::usage, {"opset 99, expected 9 to " + most}, [&] { return model.onnx_bytes({.opset = 99}); });
}

TEST(OnnxServing, ReleasesOfOnnxRuntimeHaveTheirOpset) {
  EXPECT_EQ(onnxruntime_opset("1.7"), 13);
  EXPECT_EQ(onnxruntime_opset("1.10"), 15);
  EXPECT_EQ(onnxruntime_opset("1.10.2"), 15);
  EXPECT_EQ(onnxruntime_opset("1.0"), 11);
  for (int opset = 10; opset <= 23; ++opset) {
    EXPECT_EQ(onnxruntime_opset(first_onnxruntime(opset)), opset);
  }
  EXPECT_EQ(first_onnxruntime(99), "");
  EXPECT_EQ(onnxruntime_opset("9.9"), 23);
  for (const char* const text : {"", "1", "1.", "x", "1.10.", "0.3", "-1.2", "1.2.3.4", "1,10"})
    expect_error(ErrorKind::usage, {"ONNX Runtime '" + std::string(text) + "', expected a release from 0.4 on"},
                 [&] { return onnxruntime_opset(text); });
}

TEST(OnnxServing, TheSidecarHasEverythingButTheNumbers) {
  Model model = model_with(BinaryCrossentropy{}, "sigmoid");
  const auto all = nlohmann::json::parse(model.onnx_description());
  EXPECT_EQ(all["inputs"][0]["name"], "features");
  EXPECT_EQ(all["inputs"][0]["shape"], (nlohmann::json{"batch", 3}));
  EXPECT_EQ(all["outputs"][0]["name"], "output");
  EXPECT_EQ(all["metadata"]["threshold"], "0.5");
  EXPECT_EQ(all["metadata"]["millrace.model"]["loss"]["op"], "binary_crossentropy");
}

TEST(OnnxServing, FilesHaveTheirCertificate) {
  const PlainGraph graph = exported(model_with(MeanSquaredError{}));
  const auto certificate = nlohmann::json::parse(graph.metadata.at("millrace.certificate"));
  EXPECT_EQ(certificate["rows"], 256);
  EXPECT_LE(certificate["largest_difference"].get<double>(), certificate["allowed_difference"].get<double>());
  EXPECT_EQ(certificate["millrace"], MILLRACE_VERSION);
}

// A check ahead of a training refuses what the export after it would refuse.
TEST(OnnxServing, ChecksSayWhatAnExportWouldSay) {
  const Model model = model_with(BinaryCrossentropy{}, "sigmoid");
  for (const OnnxOptions& options : {OnnxOptions{.output_name = "features"}, OnnxOptions{.output_name = "dense_1/bias"},
                                     OnnxOptions{.probabilities_name = "p"}, OnnxOptions{.label_name = "kind"},
                                     OnnxOptions{.opset = 8}, OnnxOptions{.metadata = {{"classes", "3"}}}}) {
    std::string checked, exported;
    try {
      model.check_onnx(options);
    } catch (const Error& error) {
      checked = error.what();
      EXPECT_EQ(error.kind(), ErrorKind::usage) << checked;
    }
    try {
      static_cast<void>(model.onnx_bytes(options));
    } catch (const Error& error) {
      exported = error.what();
    }
    EXPECT_FALSE(checked.empty());
    EXPECT_EQ(checked, exported);
  }
  expect_error(ErrorKind::usage, {"not built"}, [] { Model{Dense{.units = 1}}.check_onnx(); });
}

TEST(OnnxServing, MoreWeightsThanAFileHoldsAreRefusedEarly) {
  Model small = model_with(MeanSquaredError{});
  small.check_onnx();
  const Network large(
      {.inputs = {{"x", {1}}}, .layers = {{"table", Embedding{.input_dim = 1 << 24, .output_dim = 33}, {"x"}}}});
  expect_error(ErrorKind::usage, {"those of table/embeddings", "expected at most 2147483647"},
               [&] { require_onnx_size(large); });
}

}  // namespace
}  // namespace millrace::test
