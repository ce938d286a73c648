// SPDX-License-Identifier: Apache-2.0
//
// Model::predict(), which keeps plans from call to call and always uses the current weights.
#include <gtest/gtest.h>

#include <cfenv>
#include <cmath>

#include "model/models.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

// A program may have chosen another rounding, for interval arithmetic or by a library of its own.
TEST(Bits, DoNotDependOnTheRoundingModeOfTheCaller) {
  const SignTable data;
  const auto trained = [&](int rounding) {
    Model model = sign_model(Sgd{.learning_rate = 0.1});
    std::fesetround(rounding);
    model.fit(data.view(), {.epochs = 3});
    const Matrix scores = model.predict(data.view());
    std::fesetround(FE_TONEAREST);
    std::vector<float> numbers = weights_of(model);
    for (std::int64_t r = 0; r < scores.rows(); ++r) numbers.push_back(scores.row(r)[0]);
    return numbers;
  };
  const std::vector<float> nearest = trained(FE_TONEAREST);
  for (const int rounding : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) EXPECT_EQ(trained(rounding), nearest) << rounding;
}

struct Predict : ::testing::Test {
  std::vector<float> x = std::vector<float>(static_cast<std::size_t>(300 * 4)), y = std::vector<float>(300);
  Predict() {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>((i * 37) % 101) / 50.0F - 1.0F;
    for (std::size_t r = 0; r < y.size(); ++r) y[r] = x[4 * r] > 0 ? 1.0F : 0.0F;
  }
  [[nodiscard]] Dataset data() const { return Dataset::view(x, 4, y); }
  [[nodiscard]] static Model model(std::uint64_t seed) {
    Model result{Dense{.units = 5, .activation = "tanh"}, Dense{.units = 1, .activation = "sigmoid"}};
    result.compile({.optimizer = Sgd{.learning_rate = 0.5}, .loss = BinaryCrossentropy{}});
    result.build(4, seed);
    return result;
  }
  // The outputs of a new model with the same weights, which has no plans yet.
  [[nodiscard]] std::vector<float> fresh(const Model& of) const {
    Model other = model(99);
    other.copy_weights(of);
    return outputs(other);
  }
  [[nodiscard]] std::vector<float> outputs(const Model& of, int threads = 1) const {
    const Matrix out = of.predict(data(), threads);
    return {out.row(0), out.row(out.rows())};
  }
};

TEST_F(Predict, GivesTheSameBitsAgainAndWithAnyNumberOfThreads) {
  Model m = model(1);
  const std::vector<float> first = outputs(m);
  for (const int threads : {0, 1, 2, 5}) EXPECT_EQ(outputs(m, threads), first);
}

TEST_F(Predict, UsesTheWeightsAfterTrainingCopyingAndBuilding) {
  Model m = model(1);
  const std::vector<float> before = outputs(m);
  m.fit(data(), {.epochs = 1, .threads = 1});
  const std::vector<float> trained = outputs(m);
  EXPECT_NE(trained, before);
  EXPECT_EQ(trained, fresh(m));
  static_cast<void>(m.evaluate(data(), 1));
  EXPECT_EQ(outputs(m), trained);
  m.copy_weights(model(2));
  EXPECT_EQ(outputs(m), fresh(model(2)));
  m.build(4, 3);
  EXPECT_EQ(outputs(m), fresh(model(3)));
}

TEST_F(Predict, UsesTheWeightsThatWereSet) {
  Model m = model(1);
  for (int round = 0; round < 3; ++round) {
    const std::vector<float> before = outputs(m);
    std::vector<float> kernel = m.weights("dense_1/kernel");
    kernel[0] += 1.0F;
    m.set_weights("dense_1/kernel", kernel);
    EXPECT_EQ(m.weights("dense_1/kernel"), kernel);
    EXPECT_NE(outputs(m), before);
    EXPECT_EQ(outputs(m), fresh(m));
  }
}

TEST_F(Predict, PreparesAFewRowsAndManyAlike) {
  Model m = model(1);
  m.standardize(data());
  const std::vector<float> all = outputs(m), many_threads = outputs(m, 3);
  EXPECT_EQ(many_threads, all);
  const Matrix alone = m.predict(Dataset::view(std::span(x).subspan(28, 4), 4));
  EXPECT_EQ(alone.row(0)[0], all[7]);
  m.copy_preparation(model(2));
  EXPECT_NE(outputs(m), all);
}

TEST_F(Predict, GivesARowTheSameBitsAloneAndAmongOthers) {
  Model m = model(1);
  const std::vector<float> all = outputs(m);
  for (const std::size_t row : {0U, 7U, 299U}) {
    const Matrix alone = m.predict(Dataset::view(std::span(x).subspan(row * 4, 4), 4), 0);
    EXPECT_EQ(alone.row(0)[0], all[row]) << row;
  }
}

// For one row and for many, because some kernels would turn NaN into a number.
TEST_F(Predict, RefusesFeaturesThatAreNotFinite) {
  Model m = model(1);
  for (const std::int64_t rows : {1, 3, 300}) {
    std::vector<float> broken(x.begin(), x.begin() + 4 * rows);
    broken.back() = NAN;
    const Dataset data = Dataset::view(broken, 4);
    for (const int threads : {1, 2}) {
      expect_error(ErrorKind::data, {"[predict] column 4 of row " + std::to_string(rows), "is nan"},
                   [&] { static_cast<void>(m.predict(data, threads)); });
    }
  }
}

TEST_F(Predict, RefusesAnInvalidNumberOfThreads) {
  Model m = model(1);
  expect_error(ErrorKind::usage, {"-1 threads"}, [&] { static_cast<void>(m.predict(data(), -1)); });
  expect_error(ErrorKind::usage, {"3000 threads"}, [&] { static_cast<void>(m.predict(data(), 3000)); });
}

}  // namespace
}  // namespace millrace::test
