// SPDX-License-Identifier: Apache-2.0
#include "run/epoch_values.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "millrace/losses.hpp"
#include "millrace/metrics.hpp"

namespace millrace::test {
namespace {

Epoch epoch_of(std::int64_t number, double accuracy) {
  Epoch epoch;
  epoch.number = number;
  epoch.loss = 1;
  epoch.metrics = {{"accuracy", 0.5}};
  epoch.validated = epoch.training_evaluated = true;
  epoch.validation = {2, {{"accuracy", accuracy}}};
  epoch.training = {3, {{"accuracy", 0.25}}};
  return epoch;
}

TEST(EpochValues, AreFoundByTheirColumns) {
  const Epoch epoch = epoch_of(1, 0.75);
  for (const auto& [column, value] : std::vector<std::pair<std::string, double>>{{"loss", 1},
                                                                                 {"accuracy", 0.5},
                                                                                 {"val_loss", 2},
                                                                                 {"val_accuracy", 0.75},
                                                                                 {"train_loss", 3},
                                                                                 {"train_accuracy", 0.25}})
    EXPECT_EQ(value_in(epoch, column), value) << column;
  EXPECT_TRUE(std::isnan(value_in(epoch, "val_r2")));
  EXPECT_EQ(epoch.values().size(), 6U);
}

TEST(EpochValues, HaveTheDirectionOfTheirMetric) {
  CompileOptions one;
  one.loss = "mse";
  one.metrics = {"r2", "mean_absolute_error"};
  for (const char* const column : {"r2", "val_r2", "train_r2"}) EXPECT_TRUE(larger_is_better_in(column, one)) << column;
  for (const char* const column : {"loss", "val_loss", "val_mean_absolute_error", "val_accuracy", "no_column", ""})
    EXPECT_FALSE(larger_is_better_in(column, one)) << column;
}

TEST(EpochValues, HaveTheDirectionOfTheMetricOfTheirOutput) {
  CompileOptions several;
  several.outputs = {{.output = "num", .loss = "mse", .metrics = {"mean_absolute_error"}},
                     {.output = "num_kind", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}},
                     {.output = "val", .loss = "mse", .metrics = {"r2"}}};
  for (const char* const column : {"num_kind_accuracy", "val_num_kind_accuracy", "val_r2", "val_val_r2"})
    EXPECT_TRUE(larger_is_better_in(column, several)) << column;
  for (const char* const column : {"num_loss", "val_num_loss", "num_kind_loss", "num_mean_absolute_error", "val_loss",
                                   "val_val_loss", "accuracy", "r2"})
    EXPECT_FALSE(larger_is_better_in(column, several)) << column;
}

TEST(EpochValues, TellTheBestEpoch) {
  std::vector<Epoch> epochs{epoch_of(1, 0.5), epoch_of(2, std::nan("")), epoch_of(3, 0.75), epoch_of(4, 0.75)};
  EXPECT_EQ(best_of(epochs, {"val_accuracy", true})->number(), 3) << "the first of equal ones";
  EXPECT_EQ(best_of(epochs, {"val_accuracy", true})->value(), 0.75);
  EXPECT_EQ(best_of(epochs, {"val_accuracy", false})->number(), 1);
  EXPECT_EQ(best_of(epochs, {"train_loss", false})->number(), 1);
  EXPECT_FALSE(best_of(epochs, {"val_r2", true}));
}

}  // namespace
}  // namespace millrace::test
