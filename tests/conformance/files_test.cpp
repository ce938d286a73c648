// SPDX-License-Identifier: Apache-2.0
//
// Every row of every table: trained for an epoch, written as a checkpoint and as ONNX, and read back as the same model.
// The ONNX file is compared with the model in double before it appears.
#include <gtest/gtest.h>

#include "millrace/model.hpp"
#include "support/reference.hpp"
#include "support/temporary.hpp"

#include "conformance/cases.hpp"

namespace millrace::test {
namespace {

class Files : public ::testing::TestWithParam<Case> {};

void expect_same(const Matrix& a, const Matrix& b, const char* what) {
  ASSERT_EQ(a.columns(), b.columns());
  for (std::int64_t r = 0; r < a.rows(); ++r) {
    for (std::int64_t c = 0; c < a.columns(); ++c) ASSERT_EQ(a.row(r)[c], b.row(r)[c]) << what << ", row " << r;
  }
}

TEST_P(Files, HoldTheModel) {
  const Network network = network_of(GetParam(), 7);
  const auto loss = make_loss(parse_loss(GetParam().loss));
  const ReferenceBatch batch = random_batch(network, *loss, 48, 3);
  const std::vector<float> x(batch.x.begin(), batch.x.end()), y(batch.y.begin(), batch.y.end());
  const Dataset data = Dataset::view(x.data(), batch.rows, GetParam().inputs, y.data(), std::ssize(y) / batch.rows);

  const TemporaryDirectory folder;
  std::vector<OpConfig> layers;
  for (const std::string& layer : GetParam().layers) layers.push_back(parse_layer(layer));
  Model model(layers);
  model.compile({.optimizer = Adam{}, .loss = parse_loss(GetParam().loss)});
  model.fit(data, {.epochs = 1, .checkpoint = folder.file("c.safetensors")});
  const Matrix scores = model.predict(data);
  model.export_onnx(folder.file("m.onnx"));
  expect_same(Model::load_onnx(folder.file("m.onnx")).predict(data), scores, "onnx");
  expect_same(Model::load_checkpoint(folder.file("c.safetensors")).predict(data), scores, "checkpoint");
}

INSTANTIATE_TEST_SUITE_P(Tables, Files, ::testing::ValuesIn(conformance_cases()),
                         [](const auto& value) { return value.param.name; });

}  // namespace
}  // namespace millrace::test
