// SPDX-License-Identifier: Apache-2.0
//
// Every scaler, row by row of the table.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "prepare/scalers/scaler.hpp"
#include "support/expect_error.hpp"

namespace millrace {
namespace {

using test::expect_error;

ColumnValues skewed_values() {
  std::vector<double> values;
  Random random(7, RandomStream::noise);
  for (int i = 0; i < 1000; ++i)
    values.push_back(static_cast<double>(static_cast<float>(std::exp(3 * random.normal()) - 2)));
  return {std::move(values), 0};
}

class EveryScaler : public testing::TestWithParam<std::string> {};

TEST_P(EveryScaler, ScalesAsItsFormulaInDouble) {
  const ColumnValues values = skewed_values();
  const auto scaler = fit_scaler(parse_scaler(GetParam()), values);
  std::vector<double> tried = values.values();
  tried.insert(tried.end(), {0.0, -1e6, 1e6, -0.5});
  for (const double value : tried) {
    const double wanted = scaler->reference(value);
    EXPECT_NEAR(static_cast<double>(scaler->scaled(static_cast<float>(value))), wanted,
                1e-6 * std::max(1.0, std::abs(wanted)))
        << value;
  }
}

TEST_P(EveryScaler, KeepsItsBitsInAFile) {
  const ColumnValues values = skewed_values();
  const OpConfig config = parse_scaler(GetParam());
  const auto scaler = fit_scaler(config, values), restored = scaler_row(config.op).restore(scaler->numbers());
  for (const double value : values.values())
    EXPECT_EQ(restored->scaled(static_cast<float>(value)), scaler->scaled(static_cast<float>(value)));
}

TEST_P(EveryScaler, LeavesAConstantColumnFinite) {
  const auto scaler = fit_scaler(parse_scaler(GetParam()), {{5, 5, 5}, 0});
  EXPECT_TRUE(std::isfinite(scaler->scaled(5)));
  EXPECT_TRUE(std::isfinite(scaler->scaled(-3e38F)));
}

TEST_P(EveryScaler, DoesNotBlowUpAColumnThatVariesByRoundingOnly) {
  // 0.1 + 0.2 and 0.3: divided by their distance, 6e-17, a later 0.5 would become 4e15.
  const auto scaler = fit_scaler(parse_scaler(GetParam()), {{0.3, 0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2}, 0});
  EXPECT_LE(std::abs(scaler->scaled(0.5F)), 6);
}

TEST_P(EveryScaler, TakesAColumnWithoutValues) {
  EXPECT_TRUE(std::isfinite(fit_scaler(parse_scaler(GetParam()), {})->scaled(1)));
}

TEST_P(EveryScaler, UndoesWhatItDidIfItCan) {
  const ColumnValues values = skewed_values();
  const OpConfig config = parse_scaler(GetParam());
  if (!scaler_row(config.op).invertible) return;
  const auto scaler = fit_scaler(config, values);
  for (const double value : values.values()) {
    const auto given = static_cast<float>(value);
    EXPECT_NEAR(scaler->unscaled(scaler->scaled(given)), given, 2e-5F * std::max(1.0F, std::abs(given)));
  }
}

std::vector<std::string> all_scalers() {
  std::vector<std::string> names;
  for (const ScalerRow& row : scaler_table()) names.emplace_back(row.name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(Table, EveryScaler, testing::ValuesIn(all_scalers()), [](const auto& of) { return of.param; });

TEST(Scalers, HaveTheNumbersOfScikitLearn) {
  // scikit-learn 1.9: StandardScaler, MinMaxScaler, RobustScaler on [1, 2, 4, 8, 100]; transform of 4.
  const ColumnValues values({1, 2, 4, 8, 100}, 0);
  EXPECT_NEAR(fit_scaler(parse_scaler("standard"), values)->reference(4), -0.492552, 1e-6);
  EXPECT_NEAR(fit_scaler(parse_scaler("minmax"), values)->reference(4), 3.0 / 99, 1e-7);
  EXPECT_NEAR(fit_scaler(parse_scaler("robust"), values)->reference(8), 4.0 / 6, 1e-7);
}

// 1 + |x| rounds to 1 in fp32.
TEST(Log1p, KeepsNumbersThatAreSmallBesideOne) {
  std::vector<double> values;
  for (int i = -40; i <= 40; ++i) values.push_back(static_cast<double>(static_cast<float>(i) * 1e-10F));
  const auto scaler = fit_scaler(parse_scaler("log1p"), {values, 0});
  for (const double value : values) {
    const double wanted = scaler->reference(value);
    const float scaled = scaler->scaled(static_cast<float>(value));
    EXPECT_NEAR(static_cast<double>(scaled), wanted, 1e-6) << value;
    EXPECT_NEAR(static_cast<double>(scaler->unscaled(scaled)), value, 1e-15) << value;
  }
  EXPECT_GT(scaler->scaled(4e-9F), 1.7F);
}

TEST(Quantile, MakesAnyDistributionNearlyNormal) {
  const ColumnValues values = skewed_values();
  const auto scaler = fit_scaler(parse_scaler("quantile"), values);
  std::vector<double> scaled;
  for (const double value : values.values()) scaled.push_back(scaler->reference(value));
  const ColumnValues result(std::move(scaled), 0);
  EXPECT_NEAR(result.mean(), 0, 0.02);
  for (const auto& [share, normal] : {std::pair{0.025, -1.96}, {0.16, -0.994}, {0.84, 0.994}, {0.975, 1.96}})
    EXPECT_NEAR(result.quantile(share), normal, 0.05) << share;
}

TEST(Quantile, PutsRepeatedValuesInTheMiddleOfTheirPlaces) {
  std::vector<double> values(50, 0.0);
  values.resize(100, 1.0);
  const auto scaler = fit_scaler(parse_scaler("quantile"), {values, 0});
  EXPECT_NEAR(static_cast<double>(scaler->scaled(0)), -static_cast<double>(scaler->scaled(1)), 0.1);
  EXPECT_LT(scaler->scaled(0), scaler->scaled(1));
}

TEST(Scalers, SayWhichNamesThereAre) {
  expect_error(ErrorKind::usage, {"standard, minmax, robust, quantile, log1p, none"},
               [] { static_cast<void>(parse_scaler("standart")); });
}

TEST(Scalers, RefuseDamagedNumbers) {
  expect_error(ErrorKind::usage, {"expected 2 finite ones"},
               [] { static_cast<void>(scaler_row("standard").restore(std::vector<double>{1})); });
  expect_error(ErrorKind::usage, {"finite"}, [] {
    static_cast<void>(scaler_row("quantile").restore(std::vector<double>{1, std::nan("")}));
  });
}

}  // namespace
}  // namespace millrace
