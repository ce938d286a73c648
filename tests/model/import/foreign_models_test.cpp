// SPDX-License-Identifier: Apache-2.0
//
// Models that other libraries wrote (tests/import/makers): each is loaded, gives its maker's numbers, trains, and is
// exported.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "model/models.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

std::vector<std::string> foreign_models() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(MILLRACE_IMPORT_DIR)) {
    const bool of_numbers = !entry.path().stem().string().starts_with("skl2onnx_table_");
    if (entry.path().extension() == ".onnx" && of_numbers) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string path_of(const std::string& name) { return std::string(MILLRACE_IMPORT_DIR) + "/" + name; }

// Features, and the maker's outputs as targets.
Dataset rows_of(const std::string& name) {
  return read_npy(path_of(name + ".features.npy"), path_of(name + ".outputs.npy"));
}

double largest_difference(const Matrix& found, const Dataset& expected) {
  EXPECT_EQ(found.columns(), expected.targets.columns);
  double most = 0;
  for (std::int64_t r = 0; r < found.rows(); ++r) {
    for (std::int64_t c = 0; c < found.columns(); ++c) {
      const double wanted = static_cast<double>(expected.targets.row(r)[c]);
      most = std::max(most, std::abs(static_cast<double>(found.row(r)[c]) - wanted) / std::max(1.0, std::abs(wanted)));
    }
  }
  return most;
}

class Foreign : public ::testing::TestWithParam<std::string> {};

TEST_P(Foreign, GivesTheNumbersOfItsMaker) {
  const Model model = Model::load_onnx(path_of(GetParam() + ".onnx"));
  const Dataset rows = rows_of(GetParam());
  EXPECT_LT(largest_difference(model.predict(rows), rows), 1e-5);
}

TEST_P(Foreign, TrainsAndIsExported) {
  const TemporaryDirectory folder;
  Model model = Model::load_onnx(path_of(GetParam() + ".onnx"));
  const std::vector<float> before = weights_of(model);
  const Dataset rows = rows_of(GetParam());
  model.compile({.optimizer = Sgd{.learning_rate = 1e-3}, .loss = MeanSquaredError{}});
  Matrix targets(rows.rows(), rows.targets.columns);
  Dataset data = rows;
  data.targets = targets.view();
  model.fit(data, {.epochs = 1, .batch_size = 4});
  EXPECT_NE(weights_of(model), before);
  model.export_onnx(folder.file("m.onnx"));
  const Model again = Model::load_onnx(folder.file("m.onnx"));
  EXPECT_EQ(weights_of(again), weights_of(model));
}

INSTANTIATE_TEST_SUITE_P(Makers, Foreign, ::testing::ValuesIn(foreign_models()),
                         [](const auto& value) { return value.param; });

TEST(ForeignModels, EveryMakerHasItsNetworks) {
  const std::vector<std::string> names = foreign_models();
  EXPECT_GE(names.size(), 25U);
  for (const std::string maker : {"tf2onnx", "keras", "torchscript", "torch"}) {
    for (const std::string network : {"dense", "convolution", "batch_normalization", "layer_normalization", "embedding",
                                      "residual", "two_inputs", "gates", "sequence", "lines"})
      EXPECT_TRUE(std::ranges::binary_search(names, maker + "_" + network)) << maker << " " << network;
  }
}

TEST(ForeignModels, ALabelNamesTheClasses) {
  EXPECT_EQ(Model::load_onnx(path_of("skl2onnx_mlp_names.onnx")).classes(), (std::vector<std::string>{"no", "yes"}));
  const Model classes = Model::load_onnx(path_of("skl2onnx_mlp_classes.onnx"));
  EXPECT_EQ(classes.classes(), (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(classes.compiled().loss.op, "sparse_categorical_crossentropy");
}

// Encoders and imputers take raw columns: texts, a category that is none of the file's, a missing number.
TEST(ForeignModels, EncodersBecomeThePreparationOfATable) {
  for (const std::string name : {"skl2onnx_table_onehot", "skl2onnx_table_ordinal", "skl2onnx_table_imputer"}) {
    Model model = Model::load_onnx(path_of(name + ".onnx"));
    TableOptions options;
    for (const TableColumn& column : model.table_columns()) options.kinds[column.name] = column.kind;
    const Table table = read_table(path_of(name + ".csv"), options);
    const Dataset expected = read_npy(path_of(name + ".outputs.npy"), path_of(name + ".outputs.npy"));
    EXPECT_LT(largest_difference(model.predict(table), expected), 1e-5) << name;
    // It trains and is exported with its encoders.
    const std::vector<float> before = weights_of(model);
    Dataset data = model.prepared(table);
    Matrix targets(table.rows, 1);
    data.targets = targets.view();
    model.compile({.optimizer = Sgd{.learning_rate = 1e-3}, .loss = MeanSquaredError{}});
    model.fit(data, {.epochs = 1, .batch_size = 4});
    EXPECT_NE(weights_of(model), before) << name;
    const TemporaryDirectory folder;
    model.export_onnx(folder.file("m.onnx"));
    const Matrix again = Model::load_onnx(folder.file("m.onnx")).predict(table), now = model.predict(table);
    EXPECT_TRUE(std::ranges::equal(again.values(), now.values())) << name;
  }
  EXPECT_EQ(Model::load_onnx(path_of("skl2onnx_table_onehot.onnx")).classes(), (std::vector<std::string>{"no", "yes"}));
}

TEST(ForeignModels, ScalesOfColumnsAreThePreparation) {
  const Model model = Model::load_onnx(path_of("skl2onnx_mlp_regressor.onnx"));
  ASSERT_EQ(model.layers().size(), 2U);
  EXPECT_EQ(model.layers()[0].op, "dense");
  EXPECT_EQ(model.layers()[1].op, "dense");
}

}  // namespace
}  // namespace millrace::test
