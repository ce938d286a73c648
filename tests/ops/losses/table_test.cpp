// SPDX-License-Identifier: Apache-2.0
//
// What losses say of their targets.
#include <gtest/gtest.h>

#include <map>

#include "ops/losses/loss.hpp"

namespace millrace::test {
namespace {

struct Targets {
  TargetKind kind;
  double threshold;
};

TEST(Losses, NameTheirTargetsAndTheirThreshold) {
  const std::map<std::string_view, Targets> expected{
      {"binary_crossentropy", {TargetKind::labels, 0.5}},
      {"binary_focal_crossentropy", {TargetKind::labels, 0.5}},
      {"hinge", {TargetKind::labels, 0}},
      {"squared_hinge", {TargetKind::labels, 0}},
      {"categorical_crossentropy", {TargetKind::classes, 0.5}},
      {"sparse_categorical_crossentropy", {TargetKind::classes, 0.5}},
      {"categorical_focal_crossentropy", {TargetKind::classes, 0.5}},
      {"categorical_hinge", {TargetKind::classes, 0}},
      {"kl_divergence", {TargetKind::classes, 0.5}},
      {"mean_squared_error", {TargetKind::numbers, 0.5}},
      {"mean_absolute_error", {TargetKind::numbers, 0.5}},
      {"huber", {TargetKind::numbers, 0.5}},
      {"smooth_l1", {TargetKind::numbers, 0.5}},
      {"log_cosh", {TargetKind::numbers, 0.5}},
      {"poisson", {TargetKind::numbers, 0.5}},
  };
  for (const LossRow& row : loss_table()) {
    ASSERT_TRUE(expected.contains(row.name)) << row.name << " is missing here";
    const auto loss = make_loss(std::string(row.name));
    EXPECT_EQ(loss->targets(), expected.at(row.name).kind) << row.name;
    EXPECT_EQ(loss->threshold(), expected.at(row.name).threshold) << row.name;
  }
}

TEST(Losses, OfLogitsHaveTheThresholdZero) {
  EXPECT_EQ(make_loss("binary_crossentropy:from_logits=true")->threshold(), 0);
  EXPECT_EQ(make_loss("binary_focal_crossentropy:from_logits=true")->threshold(), 0);
}

TEST(Losses, SayWhatToDoWithClassesCountedFromOne) {
  const auto problem = [](const char* loss, float value, std::int64_t outputs) {
    return make_loss(std::string(loss))->target_problem(value, outputs);
  };
  const auto remedy = [](const char* loss, float value, std::int64_t outputs) {
    return make_loss(std::string(loss))->target_remedy(value, outputs);
  };
  EXPECT_EQ(problem("sparse_categorical_crossentropy", 3, 3), "3, expected a class from 0 to 2");
  EXPECT_EQ(remedy("sparse_categorical_crossentropy", 3, 3),
            "if classes are counted from 1, subtract 1 from each (y - 1)");
  EXPECT_EQ(remedy("sparse_categorical_crossentropy", 4, 3), "");
  EXPECT_EQ(problem("binary_crossentropy", 7, 1), "7, expected 0 or 1 (or a probability between)");
  EXPECT_NE(remedy("binary_crossentropy", 2, 1).find("subtract 1 from each (y - 1)"), std::string::npos);
  EXPECT_NE(remedy("binary_crossentropy", -1, 1).find("the hinge loss takes them, or (y + 1) / 2"), std::string::npos);
  EXPECT_EQ(remedy("binary_crossentropy", 7, 1), "");
}

// A loss of numbers takes 2.5; a loss of labels is the mean over the outputs; a loss of one class is not.
TEST(Losses, OfAKindBehaveAsTheKindSays) {
  for (const LossRow& row : loss_table()) {
    const auto loss = make_loss(std::string(row.name));
    EXPECT_EQ(loss->target_problem(2.5F, 2).empty(), loss->targets() == TargetKind::numbers) << row.name;
    if (loss->targets() == TargetKind::numbers || loss->target_width(2) == 1) continue;
    const auto of_row = [&](std::vector<double> output, std::vector<double> target) {
      return loss->reference(output, target);
    };
    const double together = of_row({0.6, 0.3}, {1, 0}), apart = (of_row({0.6}, {1}) + of_row({0.3}, {0})) / 2;
    EXPECT_EQ(std::abs(together - apart) < 1e-9, loss->targets() == TargetKind::labels) << row.name;
  }
}

}  // namespace
}  // namespace millrace::test
