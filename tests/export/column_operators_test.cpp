// SPDX-License-Identifier: Apache-2.0
//
// Each operator for columns gives the values that ONNX's specification says.
#include "export/column_operators.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "export/graphs.hpp"
#include "millrace/error.hpp"
#include "support/expect_error.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::result;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

DoubleTensor column(std::vector<double> values, ValueType type = ValueType::real32) {
  return {{std::ssize(values), 1}, std::move(values), {}, type};
}
DoubleTensor texts(std::vector<std::string> texts) {
  return {{std::ssize(texts), 1}, {}, std::move(texts), ValueType::text};
}

void expect_values(const DoubleTensor& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.values.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i]))
      EXPECT_TRUE(std::isnan(found.values[i])) << i;
    else
      EXPECT_DOUBLE_EQ(found.values[i], expected[i]) << i;
  }
}

TEST(ColumnOperators, FunctionsOfOneNumber) {
  expect_values(result("Log", {column({1, std::exp(2.0), 0, -1})}), {0, 2, -infinity, nan});
  expect_values(result("Abs", {column({-2, 3, nan})}), {2, 3, nan});
  expect_values(result("Sign", {column({-2, 0, 3, nan})}), {-1, 0, 1, nan});
  expect_values(result("Asinh", {column({-1, 1e-12, 1e300, nan})}), {std::asinh(-1.0), 1e-12, std::asinh(1e300), nan});
  expect_values(result("Sin", {column({0, 0.5})}), {0, std::sin(0.5)});
  expect_values(result("Cos", {column({0, 0.5})}), {1, std::cos(0.5)});
  expect_values(result("IsNaN", {column({nan, 0, infinity})}), {1, 0, 0});
}

TEST(ColumnOperators, ComparisonsAreFalseForNan) {
  const std::vector<DoubleTensor> pair{column({1, 2, 3, nan}), column({2, 2, 2, nan})};
  expect_values(result("Equal", pair), {0, 1, 0, 0});
  expect_values(result("Less", pair), {1, 0, 0, 0});
  expect_values(result("Greater", pair), {0, 0, 1, 0});
  expect_values(result("GreaterOrEqual", pair), {0, 1, 1, 0});
}

TEST(ColumnOperators, MaxAndMinTakeAnyNumberOfOperandsAndKeepNan) {
  const std::vector<DoubleTensor> three{column({1, 5, nan, 1}), column({2, 3, 0, nan}), column({0, 9, 0, 0})};
  expect_values(result("Max", three), {2, 9, nan, nan});
  expect_values(result("Min", three), {0, 3, nan, nan});
}

TEST(ColumnOperators, WhereChoosesByRowAndRepeatsConstants) {
  const DoubleTensor constant{{1}, {9}, {}, ValueType::real64};
  expect_values(result("Where", {column({1, 0, 1}), constant, column({4, nan, 6}, ValueType::real64)}), {9, nan, 9});
  const DoubleTensor wide = result("Where", {column({1, 0}), constant, DoubleTensor{{1, 3}, {1, 2, 3}}});
  EXPECT_EQ(wide.shape, (Shape{2, 3}));
  expect_values(wide, {9, 9, 9, 1, 2, 3});
  expect_error(ErrorKind::data, {"Where node 'y'", "do not fit together"}, [&] {
    return result("Where", {column({1, 0}), constant, column({1, 2, 3})});
  });
}

TEST(ColumnOperators, RemaindersHaveTheSignOfTheDividend) {
  expect_values(result("Mod", {column({5.5, -5.5, 2}), column({2, 2, 2})}, {{"fmod", std::int64_t{1}}}),
                {1.5, -1.5, 0});
  expect_error(ErrorKind::data, {"fmod is not set"}, [] { return result("Mod", {column({1}), column({1})}); });
}

TEST(ColumnOperators, CastRoundsToFloatInBothArithmetics) {
  const auto single = [](Arithmetic arithmetic) {
    return result("Cast", {column({0.1, 1e300, nan}, ValueType::real64)}, {{"to", cast_to_real32}}, arithmetic);
  };
  for (const Arithmetic arithmetic : {Arithmetic::exact, Arithmetic::rounded})
    expect_values(single(arithmetic), {static_cast<double>(0.1F), infinity, nan});
  EXPECT_EQ(single(Arithmetic::exact).type, ValueType::real32);
  expect_values(result("Cast", {column({1.9, -1.9})}, {{"to", cast_to_int64}}), {1, -1});
  EXPECT_EQ(result("Cast", {column({1})}, {{"to", cast_to_real64}}).type, ValueType::real64);
  expect_error(ErrorKind::data, {"the type is another one"}, [] {
    return result("Cast", {column({1})}, {{"to", std::int64_t{16}}});
  });
}

// Seconds since 1970 lose minutes in fp32.
TEST(ColumnOperators, DoublesStayDoublesUnderRoundedArithmetic) {
  const double seconds = 1717171717.25;
  const std::vector<DoubleTensor> pair{column({seconds}, ValueType::real64), {{1}, {1}, {}, ValueType::real64}};
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Max"})
    EXPECT_EQ(result(op, pair, {}, Arithmetic::rounded).type, ValueType::real64) << op;
  expect_values(result("Sub", pair, {}, Arithmetic::rounded), {seconds - 1});
  expect_values(result("Sub", {column({seconds}), column({0})}, {}, Arithmetic::rounded),
                {static_cast<double>(static_cast<float>(seconds))});
  expect_values(result("Cast", {column({16777217})}, {{"to", cast_to_int64}}, Arithmetic::rounded), {16777217});
}

TEST(ColumnOperators, LabelEncoderReplacesKeysAndGivesItsDefaultForTheRest) {
  using Texts = std::vector<std::string>;
  const std::map<std::string, NodeAttribute> cities{{"keys_strings", Texts{"Oslo", "Rome", ""}},
                                                    {"values_floats", std::vector<float>{1, 2.5F, 0}},
                                                    {"default_float", 7.0F}};
  const DoubleTensor found = result("LabelEncoder", {texts({"Rome", "", "oslo", "Oslo", "Oslo "})}, cities);
  expect_values(found, {2.5, 0, 7, 1, 7});
  EXPECT_EQ(found.shape, (Shape{5, 1}));
  EXPECT_EQ(found.type, ValueType::real32);

  const std::map<std::string, NodeAttribute> sizes{{"keys_floats", std::vector<float>{0.1F, 3, 0}},
                                                   {"values_int64s", std::vector<std::int64_t>{4, 5, 6}}};
  const DoubleTensor codes =
      result("LabelEncoder", {column({3, static_cast<double>(0.1F), nan, -0.0, 4, infinity})}, sizes);
  expect_values(codes, {5, 4, -1, 6, -1, -1});
  EXPECT_EQ(codes.type, ValueType::int64);
  expect_values(
      result("LabelEncoder", {column({8, 9}, ValueType::int64)},
             {{"keys_int64s", std::vector<std::int64_t>{8}}, {"values_int64s", std::vector<std::int64_t>{1}}}),
      {1, -1});
}

TEST(ColumnOperators, LabelEncoderRefusesAttributesThatDoNotFit) {
  const std::vector<std::string> keys{"a", "b"};
  const auto refuses = [](const std::string& part, const DoubleTensor& x,
                          std::map<std::string, NodeAttribute> attributes) {
    expect_error(ErrorKind::data, {"LabelEncoder node 'y'", part},
                 [&] { return result("LabelEncoder", {x}, std::move(attributes)); });
  };
  refuses("2 keys and 1 values, expected the same number", texts({"a"}),
          {{"keys_strings", keys}, {"values_floats", std::vector<float>{1}}});
  refuses("keys and input are not of the same type", column({1}),
          {{"keys_strings", keys}, {"values_floats", std::vector<float>{1, 2}}});
  refuses("keys and input are not of the same type", texts({"a"}),
          {{"keys_floats", std::vector<float>{1}}, {"values_floats", std::vector<float>{1}}});
  refuses("attribute values_int64s is missing", texts({"a"}), {{"keys_strings", keys}});
}

TEST(ColumnOperators, GatherTakesRowsOfNumbersAndTexts) {
  const DoubleTensor words{{2}, {}, {"no", "yes"}, ValueType::text};
  const DoubleTensor found = result("Gather", {words, DoubleTensor{{3}, {1, 0, 1}, {}, ValueType::int64}});
  EXPECT_EQ(found.texts, (std::vector<std::string>{"yes", "no", "yes"}));
  EXPECT_EQ(found.type, ValueType::text);
  const DoubleTensor rows = result("Gather", {DoubleTensor{{3, 2}, {1, 2, 3, 4, 5, 6}}, column({2, 0})});
  EXPECT_EQ(rows.shape, (Shape{2, 1, 2}));
  expect_values(rows, {5, 6, 1, 2});
  expect_values(result("Gather", {DoubleTensor{{3}, {7, 8, 9}}, column({2, 1})}), {9, 8});
  for (const double row : {-4.0, 3.0, nan})
    expect_error(ErrorKind::data, {"of a table of 3"}, [&] {
      return result("Gather", {DoubleTensor{{3}, {7, 8, 9}}, column({row})});
    });
  expect_error(ErrorKind::data, {"the rows are texts"}, [&] { return result("Gather", {words, texts({"0"})}); });
}

TEST(ColumnOperators, ArgMaxGivesTheFirstOfEqualElements) {
  const DoubleTensor scores{{3, 3}, {1, 3, 2, 5, 5, 1, 0, 0, 4}};
  const DoubleTensor flat = result("ArgMax", {scores}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  expect_values(flat, {1, 0, 2});
  EXPECT_EQ(flat.shape, Shape{3});
  EXPECT_EQ(result("ArgMax", {scores}, {{"axis", std::int64_t{1}}}).shape, (Shape{3, 1}));
  expect_error(ErrorKind::data, {"axis is another one than the last"}, [&] { return result("ArgMax", {scores}); });
}

TEST(ColumnOperators, OperatorsOnNumbersRefuseTexts) {
  expect_error(ErrorKind::data, {"Add node 'y'", "input 'x1' has texts, expected numbers"}, [] {
    return result("Add", {column({1}), texts({"1"})});
  });
}

TEST(ColumnOperators, AGraphOfColumnsGivesScoresAndALabel) {
  const std::vector<DoubleTensor> outputs = evaluate_graph(
      test::columns_and_label(), {{"city", texts({"São Paulo", "Bern", "Oslo"})},
                                  {"since", column({1.7e9, 1.7e9 + 0.6, 1.7e9 + 3.1}, ValueType::real64)}});
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(outputs[1].texts, (std::vector<std::string>{"no", "yes, but", "yes, but"}));
  EXPECT_NEAR(outputs[0].values[0], 1 / (1 + std::exp(-2.1)), 1e-7);
}

}  // namespace
}  // namespace millrace
