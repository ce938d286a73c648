// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "export/onnx_file.hpp"
#include "model/files/onnx.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

class Exported : public ::testing::TestWithParam<Example> {};

TEST_P(Exported, ReadsBackAsTheSameModel) {
  const Dataset data = read_example(GetParam());
  const TemporaryDirectory folder;
  Model model = compiled_model(GetParam(), data);
  model.fit(data, {.epochs = 2});
  model.export_onnx(folder.file("m.onnx"));
  Model loaded = Model::load_onnx(folder.file("m.onnx"));
  EXPECT_EQ(weights_of(loaded), weights_of(model));
  EXPECT_EQ(loaded.feature_names(), model.feature_names());
  EXPECT_EQ(loaded.classes(), model.classes());
  EXPECT_EQ(loaded.compiled().loss, model.compiled().loss);
  const Matrix a = model.predict(data), b = loaded.predict(data);
  for (std::int64_t r = 0; r < a.rows(); ++r) {
    for (std::int64_t c = 0; c < a.columns(); ++c) ASSERT_EQ(a.row(r)[c], b.row(r)[c]);
  }
  EXPECT_EQ(loaded.evaluate(data).loss, model.evaluate(data).loss);
}

TEST_P(Exported, TakesRawColumns) {
  const Dataset data = read_example(GetParam());
  const TemporaryDirectory folder;
  Model model = compiled_model(GetParam(), data);
  model.fit(data, {.epochs = 1});
  model.export_onnx(folder.file("m.onnx"));
  const PlainGraph graph = read_onnx(folder.file("m.onnx"));
  ASSERT_EQ(graph.inputs.size(), 1U);
  EXPECT_EQ(graph.inputs[0].name, "features");
  EXPECT_EQ(graph.inputs[0].shape, Shape{data.features.columns});
  EXPECT_EQ(graph.outputs.at(0).name, "output");
  EXPECT_EQ(graph.nodes.at(0).op, "Sub");
  EXPECT_EQ(graph.nodes.at(1).op, "Div");
}

INSTANTIATE_TEST_SUITE_P(Tables, Exported, ::testing::ValuesIn(examples()),
                         [](const auto& value) { return value.param.name; });

TEST(Export, LeavesNoFileBehindWhenItCannotBeWritten) {
  const TemporaryDirectory folder;
  Model model{Dense{.units = 2}};
  expect_error(ErrorKind::usage, {"build(columns)"}, [&] { model.export_onnx(folder.file("m.onnx")); });
  model.build(3);
  expect_error(ErrorKind::usage, {"nowhere"}, [&] { model.export_onnx(folder.file("nowhere/m.onnx")); });
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Export, RefusesNumbersThatAreNotFinite) {
  const TemporaryDirectory folder;
  Model model{Dense{.units = 2}};
  model.build(3);
  expect_error(ErrorKind::data, {"[set_weights]", "a value of dense_1/kernel is not finite"}, [&] {
    model.set_weights("dense_1/kernel", std::vector<float>{1, NAN, 1, 1, 1, 1});
  });
  // Past the public door, as an error of our own might.
  model.export_onnx(folder.file("m.onnx"));
  Model::State state;
  read_model(folder.file("m.onnx"), state);
  std::filesystem::remove(folder.file("m.onnx"));
  state.store->set_values(0, std::vector<float>{1, NAN, 1, 1, 1, 1});
  expect_error(ErrorKind::non_finite, {"dense_1/kernel is not finite"}, [&] { return onnx_bytes(state); });
}

TEST(Load, RefusesFilesThatAreNoModels) {
  const TemporaryDirectory folder;
  const std::string path = folder.file("m.onnx");
  expect_error(ErrorKind::data, {path}, [&] { static_cast<void>(Model::load_onnx(path)); });
  write_text(path, "not a model");
  expect_error(ErrorKind::data, {path}, [&] { static_cast<void>(Model::load_onnx(path)); });
  Model model{Dense{.units = 2}};
  model.build(3);
  model.export_onnx(path);
  const std::string bytes = read_text(path);
  for (const auto& [was, is] : {std::pair{"use_bias", "use_biar"}, std::pair{"\"dense\"", "\"denre\""}}) {
    std::string damaged = bytes;
    const std::size_t at = damaged.find(was);
    ASSERT_NE(at, std::string::npos) << was;
    damaged.replace(at, std::string(is).size(), is);
    write_text(path, damaged);
    expect_error(ErrorKind::data, {path, "another program has changed the model"},
                 [&] { static_cast<void>(Model::load_onnx(path)); });
  }
  write_text(path, bytes.substr(0, bytes.size() - 40));
  expect_error(ErrorKind::data, {path}, [&] { static_cast<void>(Model::load_onnx(path)); });
}

TEST(CopyWeights, NeedsTheSameShapes) {
  Model a{Dense{.units = 4}, Dense{.units = 2}}, b{Dense{.units = 4}, Dense{.units = 2}},
      c{Dense{.units = 3}, Dense{.units = 2}};
  a.build(5, 1);
  b.build(5, 2);
  c.build(5, 3);
  EXPECT_NE(weights_of(a), weights_of(b));
  a.copy_weights(b);
  EXPECT_EQ(weights_of(a), weights_of(b));
  expect_error(ErrorKind::usage, {"dense_1/kernel has shape (5, 3), expected (5, 4)"}, [&] { a.copy_weights(c); });
}

}  // namespace
}  // namespace millrace::test
