// SPDX-License-Identifier: Apache-2.0
#include "prepare/preparation.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "support/expect_error.hpp"
#include "table/tables.hpp"

namespace millrace {
namespace {

using test::features_of;
using test::Table;

struct Moments {
  double mean, deviation;
};

// NumPy 2.4.6: x = load_breast_cancer().data.astype("float32").astype("float64"); x.mean(axis=0), x.std(axis=0).
// StandardScaler of scikit-learn 1.9.1 has the same.
constexpr std::array<Moments, 30> numpy_moments = {
    {{14.127291743072348, 3.5209507474778245},      {19.289648528677297, 4.297254661177669},
     {91.96903329993384, 24.27761920056671},        {654.889103814043, 351.6047537432559},
     {0.09636028129312821, 0.014051763940708204},   {0.10434098429781481, 0.05276632926730035},
     {0.08879931578830029, 0.07964972549076842},    {0.04891914597230428, 0.038768732601349956},
     {0.18116186307792295, 0.02739018122527989},    {0.06279760972974799, 0.007054155945858524},
     {0.40517205624515434, 0.27706893957491674},    {1.2168534254566856, 0.551163428166473},
     {2.8660592201095474, 2.0200770819136085},      {40.33707911519887, 45.45101323313914},
     {0.007040978908565007, 0.0029998783424485015}, {0.025478138811378913, 0.017892435741709328},
     {0.03189371635352535, 0.030159522945847343},   {0.011796137079660353, 0.006164860738188928},
     {0.020542298759512197, 0.008259104376417142},  {0.0037949038734937804, 0.002643744757260472},
     {16.269189776770887, 4.82899258685439},        {25.67722316534113, 6.140854306792165},
     {107.26121279644421, 33.57300156230244},       {880.5831290514901, 568.8564586685329},
     {0.13236859435565862, 0.022812357089760597},   {0.25426504394016597, 0.1571981707277639},
     {0.2721884833807977, 0.20844087408214695},     {0.11460622294146325, 0.06567455437427223},
     {0.2900755708948799, 0.061813079191308754},    {0.08394581713895387, 0.018045389236518636}}};

TEST(FitStandard, AgreesWithNumpy) {
  const Dataset data = read_csv(std::string(MILLRACE_DATA_DIR) + "/breast_cancer.csv", {.target = {"diagnosis"}});
  const Preparation preparation = Preparation::fit_standard(data);
  ASSERT_EQ(preparation.mean.size(), numpy_moments.size());
  ASSERT_EQ(preparation.scale.size(), numpy_moments.size());
  for (std::size_t c = 0; c < numpy_moments.size(); ++c) {
    EXPECT_NEAR(preparation.mean[c] / numpy_moments[c].mean, 1, 1e-7) << c;
    EXPECT_NEAR(preparation.scale[c] / numpy_moments[c].deviation, 1, 1e-7) << c;
  }
}

TEST(FitStandard, ConstantColumnsHaveScaleOne) {
  // Digits have three pixels that are always empty (scikit-learn: [0, 32, 39]).
  const Dataset data = read_csv(std::string(MILLRACE_DATA_DIR) + "/digits.csv", {.target = {"digit"}});
  const Preparation preparation = Preparation::fit_standard(data);
  for (const std::size_t c : {0U, 32U, 39U}) {
    EXPECT_EQ(preparation.mean[c], 0) << c;
    EXPECT_EQ(preparation.scale[c], 1) << c;
  }
  EXPECT_FLOAT_EQ(preparation.scale[1], 0.90693964F);
}

TEST(FitStandard, LastBitsAreNoVariation) {
  // Divided by their deviation, 4e-9 or 6e-8, a later 2 would become 2e8 or 2e7.
  std::vector<float> x(1000, 1);
  x[17] = std::nextafter(1.0F, 2.0F);
  EXPECT_EQ(Preparation::fit_standard(Dataset::view(x, 1)).scale[0], 1);
  for (std::size_t i = 0; i < x.size(); i += 2) x[i] = std::nextafter(1.0F, 2.0F);
  EXPECT_EQ(Preparation::fit_standard(Dataset::view(x, 1)).scale[0], 1);
}

TEST(FitStandard, EqualNumbersHaveScaleOne) {
  for (const float number : {0.1F, 1e6F, -123456.78F, 1e-30F, 3e38F}) {
    const std::vector<float> x(100003, number);
    const Preparation preparation = Preparation::fit_standard(Dataset::view(x, 1));
    EXPECT_EQ(preparation.mean[0], number);
    EXPECT_EQ(preparation.scale[0], 1) << number;
  }
}

TEST(FitStandard, NoScaleBlowsUpWhatLiesWithinRounding) {
  const std::array<float, 4> x = {1e9F, 1e9F + 64, 1e9F, 1e9F + 64};  // neighbours in fp32
  EXPECT_EQ(Preparation::fit_standard(Dataset::view(x, 1)).scale[0], 32);
  const std::array<float, 4> small = {1e-20F, 2e-20F, 3e-20F, 4e-20F};
  EXPECT_FLOAT_EQ(Preparation::fit_standard(Dataset::view(small, 1)).scale[0], 1.1180340e-20F);
}

TEST(FitStandard, NoScaleIsZero) {
  std::vector<float> x(1000);
  x[1] = std::numeric_limits<float>::denorm_min();  // a deviation below the smallest float
  EXPECT_EQ(Preparation::fit_standard(Dataset::view(x, 1)).scale[0], 1);
}

TEST(FitStandard, LargeMeansDoNotCancel) {
  const std::array<float, 4> x = {10000000, 10000001, 10000002, 10000003};
  const Preparation preparation = Preparation::fit_standard(Dataset::view(x, 1));
  EXPECT_FLOAT_EQ(preparation.scale[0], 1.1180340F);  // sqrt(5 / 4)
}

TEST(FitStandard, LooksAtTheSelectionOnly) {
  const std::array<float, 4> x = {1, 1000, 3, 2000};
  Dataset data = Dataset::view(x, 1);
  data.selection = {0, 2};
  const Preparation preparation = Preparation::fit_standard(data);
  EXPECT_EQ(preparation.mean, std::vector<float>{2});
  EXPECT_EQ(preparation.scale, std::vector<float>{1});
}

TEST(Apply, IsSubThenDivToTheBit) {
  Random random(1, RandomStream::noise);
  constexpr std::int64_t rows = 50, columns = 37;
  std::vector<float> x(rows * columns), y(x.size());
  Preparation preparation;
  for (float& value : x) value = static_cast<float>(10 * random.normal());
  for (std::int64_t c = 0; c < columns; ++c) {
    preparation.mean.push_back(static_cast<float>(random.normal()));
    preparation.scale.push_back(random.uniform() + 0.1F);
  }
  preparation.apply(x.data(), rows, columns, y.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const volatile float difference = x[i] - preparation.mean[i % columns];  // volatile: a rounding of its own
    const volatile float quotient = difference / preparation.scale[i % columns];
    ASSERT_EQ(std::bit_cast<std::uint32_t>(y[i]), std::bit_cast<std::uint32_t>(float{quotient})) << i;
  }
  std::vector<float> in_place = x;
  preparation.apply(in_place.data(), rows, columns, in_place.data());
  EXPECT_EQ(in_place, y);
}

TEST(Apply, WithoutPreparationCopies) {
  const std::array<float, 4> x = {1, 2, 3, 4};
  std::array<float, 4> y{};
  Preparation{}.apply(x.data(), 2, 2, y.data());
  EXPECT_EQ(y, x);
  const Dataset data = Dataset::view(x, 2);
  EXPECT_EQ(Preparation{}.apply(data, 1).features.data, x.data());
}

TEST(Apply, ToASetOwnsTheResult) {
  std::vector<float> x = {1, 10, 2, 20, 3, 30}, y = {0, 1, 2};
  const Preparation preparation{{1, 10}, {2, 5}};
  Dataset data = Dataset::view(x, 2, y);
  data.feature_names = {"a", "b"};
  data.weights = {1, 2, 3};
  const Dataset ready = preparation.apply(data, 2);
  x.assign(6, -1);
  y.assign(3, -1);
  EXPECT_EQ(features_of(ready), (Table{{0, 0}, {0.5F, 2}, {1, 4}}));
  EXPECT_EQ(test::targets_of(ready), (std::vector<float>{0, 1, 2}));
  EXPECT_EQ(ready.weights, data.weights);
  EXPECT_EQ(ready.feature_names, data.feature_names);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(ready.features.data) % 64, 0U);
}

TEST(Apply, ResolvesASelection) {
  const std::vector<float> x = {1, 2, 3, 4}, y = {10, 20, 30, 40};
  Dataset data = Dataset::view(x, 1, y);
  data.weights = {5, 6, 7, 8};
  data.selection = {3, 1};
  for (const Preparation& preparation : {Preparation{{1}, {1}}, Preparation{}}) {
    const Dataset ready = preparation.apply(data, 2);
    EXPECT_TRUE(ready.selection.empty());
    EXPECT_EQ(ready.rows(), 2);
    EXPECT_EQ(features_of(ready), preparation.empty() ? (Table{{4}, {2}}) : (Table{{3}, {1}}));
    EXPECT_EQ(test::targets_of(ready), (std::vector<float>{40, 20}));
    EXPECT_EQ(ready.weights, (std::vector<float>{8, 6}));
  }
}

TEST(Apply, OfManyRowsIsThatOfEachRow) {
  constexpr std::int64_t rows = 5000;  // several blocks, and a shorter last one
  std::vector<float> x(2 * rows), y(rows), prepared(2 * rows);
  for (std::int64_t i = 0; i < 2 * rows; ++i) x[i] = static_cast<float>(i % 977);
  for (std::int64_t i = 0; i < rows; ++i) y[i] = static_cast<float>(i);
  const Preparation preparation{{1, 10}, {2, 5}};
  preparation.apply(x.data(), rows, 2, prepared.data());
  for (const int threads : {0, 1, 2, 3, 8}) {
    const Dataset ready = preparation.apply(Dataset::view(x, 2, y), threads);
    EXPECT_TRUE(std::equal(prepared.begin(), prepared.end(), ready.features.data)) << threads;
    EXPECT_EQ(test::targets_of(ready), y) << threads;
  }
}

TEST(Preparation, Refuses) {
  const std::array<float, 6> x{};
  const Preparation preparation{{0, 0}, {1, 1}};
  std::array<float, 6> y{};
  test::expect_error(ErrorKind::usage, {"[preparation]", "have 3 columns, expected 2"}, [&] {
    preparation.apply(x.data(), 2, 3, y.data());
    return 0;
  });
  test::expect_error(ErrorKind::usage, {"[preparation]", "have 3 columns, expected 2"},
                     [&] { return preparation.apply(Dataset::view(x, 3), 1); });
  test::expect_error(ErrorKind::usage, {"[preparation]", "no rows"},
                     [] { return Preparation::fit_standard(Dataset{}); });
}

}  // namespace
}  // namespace millrace
