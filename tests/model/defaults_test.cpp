// SPDX-License-Identifier: Apache-2.0
#include "millrace/defaults.hpp"

#include <gtest/gtest.h>

#include "millrace/losses.hpp"
#include "millrace/model.hpp"
#include "ops/layers/layer.hpp"
#include "ops/op_text.hpp"
#include "support/expect_error.hpp"

namespace millrace {
namespace {

TEST(DefaultLayers, EndInWhatTheTargetNeeds) {
  const auto outputs = [](const TrainingShape& shape) {
    Model model(default_layers(shape));
    model.build(4);
    return model.output_width();
  };
  EXPECT_EQ(outputs({.rows = 100, .columns = 4}), 1);
  EXPECT_EQ(outputs({.rows = 100, .columns = 4, .targets = 3}), 3);
  EXPECT_EQ(outputs({.rows = 100, .columns = 4, .task = Task::classification, .classes = 2}), 1);
  EXPECT_EQ(outputs({.rows = 100, .columns = 4, .task = Task::classification, .targets = 2, .classes = 2}), 2);
  EXPECT_EQ(outputs({.rows = 100, .columns = 4, .task = Task::classification, .classes = 5}), 5);
}

// The sign of a margin is the answer: a sigmoid has none.
TEST(DefaultLayers, FollowTheLoss) {
  const TrainingShape two{.rows = 100, .columns = 4, .task = Task::classification, .classes = 2};
  const auto last = [&](const LossConfig& loss) { return full_text(default_layers(two, loss).back()); };
  EXPECT_EQ(last(Hinge{}), full_text(parse_layer("1")));
  EXPECT_EQ(last(SquaredHinge{}), full_text(parse_layer("1")));
  EXPECT_EQ(last(BinaryCrossentropy{.from_logits = true}), full_text(parse_layer("1")));
  EXPECT_EQ(last(BinaryCrossentropy{}), full_text(parse_layer("1:sigmoid")));
}

TEST(DefaultLayers, OneClassIsNothingToTellApart) {
  test::expect_error(ErrorKind::usage, {"[defaults] 1 class in the target"}, [] {
    return default_layers({.rows = 9, .columns = 1, .task = Task::classification, .classes = 1});
  });
}

TEST(DefaultLoss, FollowsFromTheLastLayer) {
  const TrainingShape numbers{.rows = 9, .columns = 1};
  const TrainingShape two{.rows = 9, .columns = 1, .task = Task::classification, .classes = 2};
  const TrainingShape five{.rows = 9, .columns = 1, .task = Task::classification, .classes = 5};
  const TrainingShape columns{.rows = 9, .columns = 1, .task = Task::classification, .targets = 3, .classes = 3};
  EXPECT_EQ(default_loss("1", numbers).op, "mean_squared_error");
  EXPECT_EQ(default_loss("1:sigmoid", two).op, "binary_crossentropy");
  EXPECT_EQ(default_loss("1", two).options.at("from_logits"), OptionValue(true));
  EXPECT_EQ(default_loss("5:softmax", five).op, "sparse_categorical_crossentropy");
  EXPECT_EQ(default_loss("5", five).options.at("from_logits"), OptionValue(true));
  EXPECT_EQ(default_loss("3:softmax", columns).op, "categorical_crossentropy");
  EXPECT_EQ(default_loss("3:sigmoid", columns).op, "binary_crossentropy");
  test::expect_error(ErrorKind::usage, {"ends in relu", "--loss"}, [&] { return default_loss("5:relu", five); });
}

TEST(DefaultBatch, GrowsWithTheRows) {
  EXPECT_LE(default_batch(100), 32);
  EXPECT_LT(default_batch(1000), default_batch(100000));
}

}  // namespace
}  // namespace millrace
