// SPDX-License-Identifier: Apache-2.0
#include "model/files/op_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "millrace/layers.hpp"
#include "millrace/optimizers.hpp"
#include "millrace/schedules.hpp"

namespace millrace::test {
namespace {

TEST(OpJson, GivesEveryTypeOfOptionBack) {
  for (const OpConfig& config :
       {OpConfig(Conv2d{.filters = 2, .kernel_size = {3, 5}, .strides = 2, .kernel_max_norm = 0.1}),
        OpConfig(MaxPooling2d{}), OpConfig(Reshape{.shape = {8, 8, 1}}), OpConfig(PRelu{.shared_axes = {1, 2}}),
        OpConfig(PiecewiseConstantDecay{.boundaries = {3, 7}, .values = {0.1, 1, 0.01}}), OpConfig(CosineDecay{}),
        OpConfig(CosineDecay{.decay_steps = 9, .warmup_target = 0}), OpConfig(Lbfgs{})}) {
    const nlohmann::json written = nlohmann::json::parse(op_to_json(config).dump());
    EXPECT_EQ(op_from_json(written), config) << written;
  }
}

TEST(OpJson, WritesNoneAsNullAndListsAsArrays) {
  const nlohmann::json written = op_to_json(Conv2d{.kernel_size = {3, 5}});
  EXPECT_EQ(written.at("options").at("kernel_size"), nlohmann::json({3, 5}));
  EXPECT_TRUE(written.at("options").at("kernel_max_norm").is_null());
}

TEST(OpJson, ReadsTheFormsOfVersion01) {
  const auto read = [](const char* text) { return op_from_json(nlohmann::json::parse(text)); };
  const Conv2d conv = options_from<Conv2d>(read(
      R"({"op": "conv2d", "options": {"filters": 4, "kernel_size": "3x5", "strides": "2", "kernel_max_norm": 0.0}})"));
  EXPECT_EQ(conv.kernel_size, Extents(3, 5));
  EXPECT_EQ(conv.strides, Extents(2));
  EXPECT_EQ(conv.kernel_max_norm, std::nullopt);
  const MaxPooling2d pool =
      options_from<MaxPooling2d>(read(R"({"op": "max_pooling2d", "options": {"pool_size": "2", "strides": ""}})"));
  EXPECT_EQ(pool.strides, std::nullopt);
  const CosineDecay cosine =
      options_from<CosineDecay>(read(R"({"op": "cosine_decay", "options": {"decay_steps": 0, "warmup_target": -1.0,
                                                 "initial_learning_rate": -1.0}})"));
  EXPECT_EQ(cosine.decay_steps, std::nullopt);
  EXPECT_EQ(cosine.warmup_target, std::nullopt);
  EXPECT_EQ(cosine.initial_learning_rate, std::nullopt);
}

}  // namespace
}  // namespace millrace::test
