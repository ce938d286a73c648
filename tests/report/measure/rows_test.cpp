// SPDX-License-Identifier: Apache-2.0
#include "report/measure/rows.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace millrace::report {

namespace {

// 200 rows of two numbers; the sum decides, but in the first quarter of b the target is wrong.
struct Numbers {
  std::vector<float> x, y;
  Numbers() {
    for (int r = 0; r < 200; ++r) {
      const float a = static_cast<float>(r * 37 % 101) / 101 - 0.5F, b = static_cast<float>(r * 53 % 89) / 89;
      x.insert(x.end(), {a, b});
      const bool yes = a > 0;
      y.push_back(yes != (b < 0.25F) ? 1.0F : 0.0F);
    }
  }
  [[nodiscard]] Dataset data() const {
    Dataset data = Dataset::view(x, 2, y);
    data.feature_names = {"a", "b"};
    data.target_names = {"kind"};
    data.classes = {"no", "yes"};
    return data;
  }
};

// Says yes where a is above 0, whatever b is.
Model model_of_a(const LayerConfig& last, const std::vector<float>& kernel, const LossConfig& loss) {
  Model model({last});
  model.build(Numbers().data());
  model.set_weights(model.parameters()[0].name, kernel);
  return std::move(model.compile({.loss = loss, .metrics = {"accuracy"}}));
}

RowsReport measured(const Model& model, const Dataset& data, double seconds = 30) {
  return measure_rows(model, {.data = &data}, {.seconds = seconds, .threads = 1});
}

TEST(MeasureRows, FindsThePartWhereTheModelIsWrong) {
  const Numbers numbers;
  const Model model = model_of_a(Dense{.units = 1, .activation = "sigmoid"}, {20, 0}, BinaryCrossentropy{});
  const RowsReport report = measured(model, numbers.data());
  ASSERT_FALSE(report.slices.empty());
  EXPECT_EQ(report.slices[0].column, "b");
  EXPECT_TRUE(report.slices[0].rows_are.starts_with("is below 0.2")) << report.slices[0].rows_are;
  EXPECT_LT(report.slices[0].score, 0.1);
  EXPECT_GT(report.slices[0].deviations, 5);
  EXPECT_NEAR(report.slices[0].worse, report.overall - report.slices[0].score, 1e-12);
}

// All errors are near 1e7, whose squares have no digits left for what distinguishes them.
TEST(MeasureRows, TellsErrorsApartThatAreFarFromZero) {
  Numbers numbers;
  for (std::size_t r = 0; r < numbers.y.size(); ++r) numbers.y[r] = 1e7F + (numbers.x[2 * r + 1] < 0.25F ? 2.0F : 0.0F);
  Dataset data = numbers.data();
  data.classes.clear();
  Model model{Dense{.units = 1, .kernel_initializer = "zeros"}};
  model.build(data);
  model.compile({.loss = MeanSquaredError{}});
  const RowsReport report = measured(model, data);
  ASSERT_EQ(report.residuals.size(), 1U);
  double low = 0;
  for (const float y : numbers.y) low += y > 1e7F ? 1 : 0;
  const double share = low / static_cast<double>(numbers.y.size());
  EXPECT_NEAR(report.residuals[0].deviation, 2 * std::sqrt(share * (1 - share)), 1e-6);
  ASSERT_FALSE(report.slices.empty());
  EXPECT_EQ(report.slices[0].column, "b");
  EXPECT_GT(report.slices[0].deviations, 5);
}

TEST(MeasureRows, FindsTheColumnThatItReliesOnAndItsShape) {
  const Numbers numbers;
  const Model model = model_of_a(Dense{.units = 1, .activation = "sigmoid"}, {20, 0}, BinaryCrossentropy{});
  const RowsReport report = measured(model, numbers.data());
  ASSERT_EQ(report.importance.size(), 2U);
  EXPECT_EQ(report.importance[0].name, "a");
  EXPECT_EQ(report.importance[1].worse, 0);
  ASSERT_EQ(report.dependence.size(), 1U) << "the other column has no importance";
  EXPECT_EQ(report.dependence[0].answers, std::vector<std::string>{"1"}) << "fit() names classes";
  EXPECT_LT(report.dependence[0].means[0].front(), 0.1);
  EXPECT_GT(report.dependence[0].means[0].back(), 0.9);
}

TEST(MeasureRows, SaysWhatItHadNoTimeFor) {
  const Numbers numbers;
  const Model model = model_of_a(Dense{.units = 1, .activation = "sigmoid"}, {20, 0}, BinaryCrossentropy{});
  const RowsReport report = measured(model, numbers.data(), 0);
  EXPECT_TRUE(report.importance.empty());
  ASSERT_FALSE(report.notes.empty());
  EXPECT_NE(report.notes[0].find("was not measured"), std::string::npos);
}

TEST(MeasureRows, TwoOutputsAreTwoClassesWithACurve) {
  const Numbers numbers;
  const Model one = model_of_a(Dense{.units = 1, .activation = "sigmoid"}, {20, 0}, BinaryCrossentropy{});
  const Model two =
      model_of_a(Dense{.units = 2, .activation = "softmax"}, {0, 20, 0, 0}, SparseCategoricalCrossentropy{});
  const RowsReport first = measured(one, numbers.data()), second = measured(two, numbers.data());
  ASSERT_TRUE(second.binary);
  EXPECT_NEAR(second.binary->roc_auc, first.binary->roc_auc, 1e-6);
  EXPECT_EQ(second.confusion->counts, first.confusion->counts);
  EXPECT_NEAR(second.calibration_error, first.calibration_error, 1e-5);
}

TEST(MeasureRows, RowsOfASingleClassHaveNoCurves) {
  Numbers numbers;
  const Model model = model_of_a(Dense{.units = 1, .activation = "sigmoid"}, {20, 0}, BinaryCrossentropy{});
  for (const float only : {0.0F, 1.0F}) {
    std::ranges::fill(numbers.y, only);
    const RowsReport report = measured(model, numbers.data());
    EXPECT_FALSE(report.binary);
    ASSERT_FALSE(report.notes.empty());
    EXPECT_EQ(report.notes[0], std::string("all of these rows are of the class ") + (only > 0 ? "1" : "0") +
                                   ", and curves need rows of both");
  }
}

TEST(MeasureRows, LogitsHaveTheirThresholdAndNoCalibration) {
  const Numbers numbers;
  const Model model = model_of_a(Dense{.units = 1}, {20, 0}, BinaryCrossentropy{.from_logits = true});
  const RowsReport report = measured(model, numbers.data());
  EXPECT_EQ(report.binary->threshold, 0);
  EXPECT_TRUE(report.calibration.empty());
  const CurvePoint& at = report.binary->curve[report.binary->chosen];
  EXPECT_NEAR(at.true_positive_rate, report.classes[1].recall, 1e-12) << "the same rows as the matrix counts";
}

TEST(MeasureRows, ErrorsOfNumbersAddUp) {
  const Numbers numbers;
  Dataset data = numbers.data();
  data.classes.clear();
  Model model({Dense{.units = 1}});
  model.build(data);
  model.set_weights(model.parameters()[0].name, std::vector<float>{1, 0});
  model.compile({.loss = MeanSquaredError{}, .metrics = {"mean_absolute_error", "r2"}});
  const RowsReport report = measured(model, data);
  ASSERT_EQ(report.residuals.size(), 1U);
  const Residuals& of = report.residuals[0];
  EXPECT_NEAR(of.root_mean_square * of.root_mean_square, report.values.loss, 1e-6);
  EXPECT_NEAR(of.mean_absolute, report.values["mean_absolute_error"], 1e-6);
  EXPECT_NEAR(of.r2, report.values["r2"], 1e-6);
  EXPECT_EQ(std::accumulate(of.errors.counts.begin(), of.errors.counts.end(), 0.0), 200);
  EXPECT_EQ(std::accumulate(of.density.begin(), of.density.end(), 0.0), 200);
}

}  // namespace

}  // namespace millrace::report
