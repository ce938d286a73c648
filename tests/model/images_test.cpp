// SPDX-License-Identifier: Apache-2.0
//
// Networks on images: training, files, and refused options.
#include <gtest/gtest.h>

#include "millrace/split.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

TEST(Images, LearnDigits) {
  const Dataset data = read_csv(std::string(MILLRACE_DATA_DIR) + "/digits.csv", {.target = {"digit"}});
  const Split parts = split_last(data, 0.2);
  Model model{Reshape{.shape = {8, 8, 1}},
              Conv2d{.filters = 8, .kernel_size = 3, .activation = "relu", .padding = "same"},
              MaxPooling2d{},
              BatchNormalization{},
              Conv2d{.filters = 16, .activation = "relu"},
              GlobalAveragePooling2d{},
              Dense{.units = 10, .activation = "softmax"}};
  model.compile(
      {.optimizer = Adam{.learning_rate = 0.01}, .loss = SparseCategoricalCrossentropy{}, .metrics = {"accuracy"}});
  model.standardize(parts.train);
  model.fit(parts.train, {.epochs = 8});
  EXPECT_GT(model.evaluate(parts.validation).metrics[0].value, 0.85);
  const TemporaryDirectory folder;
  model.export_onnx(folder.file("m.onnx"));
  Model loaded = Model::load_onnx(folder.file("m.onnx"));
  EXPECT_EQ(loaded.evaluate(parts.validation).loss, model.evaluate(parts.validation).loss);
}

TEST(Images, RefuseInvalidOptionsAndShapes) {
  const auto refuses = [](std::initializer_list<std::string> parts, std::vector<LayerConfig> layers) {
    expect_error(ErrorKind::usage, parts, [&] { Model(std::move(layers)).build(64); });
  };
  const Reshape image{.shape = {8, 8, 1}};
  refuses({"[conv2d]", "(64)", "expected an image (height, width, channels)"}, {Conv2d{.filters = 2}});
  refuses({"[conv2d]", "filters is 0"}, {image, Conv2d{}});
  refuses({"[conv2d]", "kernel_size is '3x', expected"}, {image, "conv2d:2:3x"});
  refuses({"[conv2d]", "strides is 0,"}, {image, Conv2d{.filters = 2, .strides = 0}});
  refuses({"[conv2d]", "(8, 8, 1), smaller than a window that spans 9"},
          {image, Conv2d{.filters = 2, .kernel_size = 5, .dilation_rate = 2}});
  refuses({"[conv2d]", "unknown padding 'sam'", "'same'?"}, {image, Conv2d{.filters = 2, .padding = "sam"}});
  refuses({"[conv2d]", "filters is 3 and groups 2"}, {image, Conv2d{.filters = 3, .groups = 2}});
  refuses({"[conv2d]", "multiple of the 2 groups"}, {image, Conv2d{.filters = 4, .groups = 2}});
  refuses({"[max_pooling2d]", "smaller than a window"}, {image, MaxPooling2d{.pool_size = 9}});
  refuses({"[average_pooling2d]", "pool_size is 'two'"}, {image, "average_pooling2d:two"});
  refuses({"[global_max_pooling2d]", "(64)"}, {GlobalMaxPooling2d{}});
}

// Classes that exclude each other are one vector: a loss of them would take all numbers of an image as one.
TEST(Images, AreNoClassesOfARow) {
  std::vector<float> x(5 * 4, 0.5F), y(5 * 12, 0);
  for (std::size_t row = 0; row < 5; ++row) y[row * 12 + row] = 1;
  const auto fit = [&](const std::string& activation, const LossConfig& loss, const Reshape& image) {
    Model model{Dense{.units = 12}, image, ActivationLayer{.activation = activation}};
    model.compile({.loss = loss, .metrics = {"roc_auc:average=micro"}});
    const Dataset data = Dataset::view(x, 4, y, 12);
    model.fit(data, {.epochs = 1});
  };
  const Reshape image{.shape = {2, 2, 3}}, pixel{.shape = {1, 1, 12}};
  for (const LossConfig& loss :
       std::vector<LossConfig>{CategoricalCrossentropy{}, SparseCategoricalCrossentropy{}, KlDivergence{},
                               CategoricalHinge{}, CategoricalFocalCrossentropy{}})
    expect_error(ErrorKind::usage,
                 {"shape (2, 2, 3)", "the loss takes the outputs of a row as one set of classes", "flatten",
                  "binary_crossentropy"},
                 [&] { fit("softmax", loss, image); });
  fit("softmax", CategoricalCrossentropy{}, pixel);
  fit("sigmoid", BinaryCrossentropy{}, image);
}

}  // namespace
}  // namespace millrace::test
