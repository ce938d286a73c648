// SPDX-License-Identifier: Apache-2.0
//
// Model::export_quantized: what is measured, what is refused, and what the file says.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "export/onnx_file.hpp"
#include "millrace/split.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

class QuantizedExport : public ::testing::Test {
 protected:
  void SetUp() override {
    parts_ = split_last(table_.view(), 0.25);
    model_.fit(parts_.train, {.epochs = 60, .batch_size = 16});
  }
  QuantizeReport export_as(SmallNumbers numbers, double max_loss = 0.005) {
    return model_.export_quantized(path_, parts_.train, parts_.validation, {.numbers = numbers, .max_loss = max_loss});
  }
  TemporaryDirectory folder_;
  std::string path_ = folder_.file("small.onnx");
  SignTable table_;
  Split parts_;
  Model model_ = sign_model(Adam{.learning_rate = 0.05});
};

TEST_F(QuantizedExport, MeasuresTheMetricOnTheHeldOutRows) {
  for (const SmallNumbers numbers : {SmallNumbers::int8, SmallNumbers::int8_dynamic, SmallNumbers::fp16}) {
    const QuantizeReport report = export_as(numbers, 0.1);
    EXPECT_EQ(report.metric, "accuracy");
    EXPECT_EQ(report.rows, 24);
    EXPECT_FLOAT_EQ(static_cast<float>(report.full),
                    static_cast<float>(model_.evaluate(parts_.validation)["accuracy"]));
    EXPECT_GE(report.quantized, 0.9 * report.full);
    EXPECT_GT(report.largest_difference, 0);
    EXPECT_LT(report.largest_difference, 0.2);
    EXPECT_EQ(report.quantized_bytes, std::filesystem::file_size(path_));
    EXPECT_EQ(report.full_bytes, model_.onnx_bytes().size());
  }
}

TEST_F(QuantizedExport, TheFileHasTheResult) {
  const QuantizeReport report = export_as(SmallNumbers::int8, 0.1);
  const PlainGraph graph = read_onnx(path_);
  EXPECT_EQ(graph.metadata.at("millrace.numbers"), "int8");
  const nlohmann::json certificate = nlohmann::json::parse(graph.metadata.at("millrace.certificate"));
  EXPECT_EQ(certificate.at("metric"), "accuracy");
  EXPECT_EQ(certificate.at("int8"), report.quantized);
  EXPECT_EQ(certificate.at("fp32"), report.full);
  EXPECT_EQ(certificate.at("max_loss"), 0.1);
  expect_error(ErrorKind::data, {"has int8 numbers", "expected the model"}, [&] { return Model::load_onnx(path_); });
}

TEST_F(QuantizedExport, RefusesAModelThatLostTooMuch) {
  Model model{Dense{.units = 6, .activation = "tanh"}, Dense{.units = 1}};
  model.compile({.optimizer = Adam{.learning_rate = 0.05}, .loss = MeanSquaredError{}});
  model.build(4, 1);
  model.fit(parts_.train, {.epochs = 100, .batch_size = 16});
  expect_error(ErrorKind::mismatch, {"[export] mean_absolute_error on 24 held-out rows", "int8", "no file was written"},
               [&] { return model.export_quantized(path_, parts_.train, parts_.validation, {.max_loss = 0}); });
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(QuantizedExport, NeedsRowsForEightBits) {
  expect_error(ErrorKind::usage, {"int8 numbers of 0 training rows"},
               [&] { return model_.export_quantized(path_, {}, parts_.validation); });
  expect_error(ErrorKind::usage, {"0 held-out rows"}, [&] {
    return model_.export_quantized(path_, parts_.train, {}, {.numbers = SmallNumbers::int8_dynamic});
  });
  const QuantizeReport report = model_.export_quantized(path_, {}, {}, {.numbers = SmallNumbers::fp16});
  EXPECT_EQ(report.rows, 0);
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(QuantizedExport, RefusesOptionsWithoutASense) {
  for (const double loss : {-0.1, 1.5, std::nan("")}) {
    expect_error(ErrorKind::usage, {"max_loss is", "expected 0 to 1"},
                 [&] { return model_.export_quantized(path_, parts_.train, parts_.validation, {.max_loss = loss}); });
  }
  expect_error(ErrorKind::usage, {"opset"}, [&] {
    return model_.export_quantized(path_, parts_.train, parts_.validation,
                                   {.onnx = {.opset = 11, .highest_opset = 11}});
  });
}

TEST_F(QuantizedExport, TargetsThatWereScaledAreMeasuredInTheirOwnUnit) {
  std::vector<float> large;
  for (const float target : table_.y) large.push_back(1000 * target + 5000);
  const Dataset data = Dataset::view(table_.x, 4, large);
  Model model{Dense{.units = 5, .activation = "relu"}, Dense{.units = 1}};
  model.compile(
      {.optimizer = Adam{.learning_rate = 0.05}, .loss = MeanSquaredError{}, .metrics = {"mean_absolute_error"}});
  model.scale_target(data);
  model.fit(data, {.epochs = 50});
  const QuantizeReport report =
      model.export_quantized(path_, data, data, {.numbers = SmallNumbers::fp16, .max_loss = 0.1});
  EXPECT_NEAR(report.full, model.evaluate(data)["mean_absolute_error"], 1e-3 * report.full);
  EXPECT_NEAR(report.quantized, report.full, 0.05 * report.full);
}

// The scaler of quantiles is a MatMul with constants, as a layer is.
TEST(QuantizedTable, KeepsThePreparationOfItsColumns) {
  const TemporaryDirectory folder;
  std::vector<double> a, b;
  std::vector<std::optional<std::string_view>> y;
  for (int r = 0; r < 200; ++r) {
    a.push_back((r * 37 % 101) * 0.1);
    b.push_back((r * 53 % 97) * 0.1);
    y.emplace_back(a.back() > b.back() ? "more" : "less");
  }
  const Table table = TableBuilder("t").numbers("a", a).numbers("b", b).texts("y", y).finish({.target = "y"});
  Model model{Dense{.units = 16, .activation = "tanh"}, Dense{.units = 8, .activation = "tanh"},
              Dense{.units = 1, .activation = "sigmoid"}};
  PrepareOptions options{.target = {"y"}};
  options.all.scale = "quantile";
  model.prepare(table, options);
  model.compile({.optimizer = Adam{.learning_rate = 0.02}, .loss = BinaryCrossentropy{}, .metrics = {"accuracy"}});
  const Split parts = split_last(model.prepared(table), 0.25);
  model.fit(parts.train, {.epochs = 30});
  model.export_onnx(folder.file("full.onnx"));
  const auto products = [&](const std::string& name) {
    const PlainGraph graph = read_onnx(folder.file(name));
    return std::ranges::count_if(graph.nodes, [&](const GraphNode& node) {
      const auto weights = node.op == "MatMul" ? graph.constants.find(node.inputs[1]) : graph.constants.end();
      return weights != graph.constants.end() && !weights->second.smaller;
    });
  };
  const std::int64_t scalers = products("full.onnx");
  EXPECT_GE(scalers, 2);
  for (const SmallNumbers numbers : {SmallNumbers::int8, SmallNumbers::int8_dynamic, SmallNumbers::fp16}) {
    model.export_quantized(folder.file("small.onnx"), parts.train, parts.validation,
                           {.numbers = numbers, .max_loss = 0.1});
    EXPECT_EQ(products("small.onnx"), scalers);
  }
}

}  // namespace
}  // namespace millrace::test
