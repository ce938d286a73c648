// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/option_text.hpp"
#include "millrace/config.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

struct Sample {
  static constexpr LayerName op = "sample";
  NameTheOption name_the_option{};
  bool flag = false;
  std::int64_t count = 1;
  double number = 0.5;
  std::string text = "plain";
  std::optional<double> rate = 0.1;
  std::optional<double> limit;
  std::optional<double> any_number;
  std::optional<std::int64_t> length;
  Extents size = 3;
  std::optional<Extents> strides;
  std::vector<std::int64_t> axes{};
  std::vector<double> values{};
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("flag", &Sample::flag, "a flag"),
                      field("count", &Sample::count, "a count", positive),
                      field("number", &Sample::number, "a share", probability),
                      field("text", &Sample::text, "a text"),
                      field("rate", &Sample::rate, "a rate", not_negative),
                      field("limit", &Sample::limit, "a limit", positive),
                      field("any_number", &Sample::any_number, "any number"),
                      field("length", &Sample::length, "a length", positive),
                      field("size", &Sample::size, "a window"),
                      field("strides", &Sample::strides, "strides"),
                      field("axes", &Sample::axes, "axes"),
                      field("values", &Sample::values, "values", not_negative)};
  }
};

Sample with(const std::string& option, OptionValue value) {
  OpConfig config("sample");
  config.options[option] = std::move(value);
  return options_from<Sample>(config);
}

void refuses(const std::string& option, OptionValue value, const std::string& message) {
  expect_error(ErrorKind::usage, {"[sample] " + option + " is " + message}, [&] { return with(option, value); });
}

TEST(Options, AreReadFromValuesAndFromText) {
  EXPECT_TRUE(with("flag", true).flag);
  EXPECT_TRUE(with("flag", "yes").flag);
  EXPECT_EQ(with("count", std::int64_t{4}).count, 4);
  EXPECT_EQ(with("count", 4.0).count, 4);
  EXPECT_EQ(with("count", "4").count, 4);
  EXPECT_EQ(with("number", "0.25").number, 0.25);
  EXPECT_EQ(with("text", "other").text, "other");
  EXPECT_EQ(with("text", std::int64_t{3}).text, "3");
}

TEST(Options, ValuesAreReadFromText) {
  for (const char* yes : {"true", "yes", "1", " true "}) EXPECT_EQ(as_bool(yes), true) << yes;
  for (const char* no : {"false", "no", "0"}) EXPECT_EQ(as_bool(no), false) << no;
  for (const OptionValue& other : {OptionValue("maybe"), OptionValue(""), OptionValue(1.0), OptionValue()})
    EXPECT_EQ(as_bool(other), std::nullopt) << value_text(other);
  EXPECT_EQ(as_whole<std::int64_t>(" 1e3"), 1000);
  EXPECT_EQ(as_whole<std::int64_t>("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(as_whole<std::uint64_t>("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(as_whole<std::uint64_t>(std::int64_t{7}), 7U);
  for (const char* none : {"18446744073709551616", "1e17", "0.5", "", "many", "nan"}) {
    EXPECT_EQ(as_whole<std::int64_t>(none), std::nullopt) << none;
    EXPECT_EQ(as_whole<std::uint64_t>(none), std::nullopt) << none;
  }
  for (const OptionValue& negative : {OptionValue("-1"), OptionValue(std::int64_t{-1}), OptionValue(-1.0)})
    EXPECT_EQ(as_whole<std::uint64_t>(negative), std::nullopt) << value_text(negative);
}

TEST(Options, OptionalNumbersMayBeNone) {
  EXPECT_EQ(with("rate", 0.25).rate, 0.25);
  EXPECT_EQ(with("rate", 0.0).rate, 0.0) << "a rate of 0 is a rate";
  EXPECT_EQ(with("length", std::int64_t{7}).length, 7);
  for (const OptionValue& none : {OptionValue(), OptionValue("none"), OptionValue("")}) {
    EXPECT_EQ(with("rate", none).rate, std::nullopt);
    EXPECT_EQ(with("limit", none).limit, std::nullopt);
    EXPECT_EQ(with("length", none).length, std::nullopt);
    EXPECT_EQ(with("strides", none).strides, std::nullopt);
  }
  refuses("rate", -2.0, "-2, expected a number of 0 or more, or none");
  refuses("limit", "-1", "'-1', expected a number above 0, or none");
  refuses("count", OptionValue(), "none, expected a whole number");
}

// Version 0.1 wrote -1 for "the optimizer's rate", 0 for "the run" and "no limit", and empty text.
TEST(Options, ReadTheFormsOfVersion01) {
  EXPECT_EQ(with("rate", -1.0).rate, std::nullopt);
  EXPECT_EQ(with("rate", "-1").rate, std::nullopt);
  EXPECT_EQ(with("limit", 0.0).limit, std::nullopt);
  EXPECT_EQ(with("length", std::int64_t{0}).length, std::nullopt);
  EXPECT_EQ(with("any_number", "").any_number, std::nullopt);
  EXPECT_EQ(with("any_number", "-1").any_number, -1.0) << "where -1 is in range it is a number";
  EXPECT_EQ(with("any_number", "0").any_number, 0.0);
  EXPECT_EQ(with("size", "3x5").size, Extents(3, 5));
  EXPECT_EQ(with("size", "3").size, Extents(3));
  EXPECT_EQ(with("strides", "2").strides, Extents(2));
  EXPECT_EQ(with("axes", "1x2").axes, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(with("values", "0.1,0.01").values, (std::vector<double>{0.1, 0.01}));
}

TEST(Options, ListsAndExtentsAreReadFromNumbers) {
  EXPECT_EQ(with("size", std::vector<std::int64_t>{3, 5}).size, Extents(3, 5));
  EXPECT_EQ(with("size", std::vector<double>{3, 5}).size, Extents(3, 5));
  EXPECT_EQ(with("size", std::int64_t{4}).size, Extents(4));
  EXPECT_EQ(with("values", std::vector<std::int64_t>{1, 2}).values, (std::vector<double>{1, 2}));
  EXPECT_EQ(with("values", 0.5).values, std::vector<double>{0.5});
  refuses("size", "3x", "'3x', expected a positive whole number, or two joined by x, as in 3x5");
  refuses("size", "0", "'0', expected a positive whole number");
  refuses("size", "1x2x3", "'1x2x3', expected a positive whole number, or two");
  refuses("size", "2000000", "'2000000', expected a positive whole number");
  refuses("size", "", "'', expected a positive whole number");
  refuses("size", std::vector<double>{1.5}, "1.5, expected a positive whole number");
  refuses("strides", std::int64_t{0}, "0, expected a positive whole number, or two joined by x, as in 3x5, or none");
  refuses("axes", "1x-2", "'1x-2', expected positive whole numbers joined by x");
  refuses("values", "1,-2", "'1,-2', expected numbers of 0 or more with commas between them");
  refuses("values", "1,x", "'1,x', expected numbers");
  refuses("values", true, "true, expected numbers");
}

TEST(Options, OfTypedStructsReadBackTheSame) {
  Sample typed;
  typed.limit = 2;
  typed.size = {3, 5};
  typed.strides = 2;
  typed.axes = {1, 2};
  typed.values = {0.1, 1};
  const OpConfig config = typed;
  const OpConfig again = options_from<Sample>(config);
  EXPECT_EQ(config, again);
  EXPECT_EQ(value_text(config.options.at("size")), "3x5");
  EXPECT_EQ(value_text(config.options.at("strides")), "2");
  EXPECT_EQ(value_text(config.options.at("values")), "0.1,1");
  EXPECT_EQ(value_text(config.options.at("length")), "none");
}

TEST(Options, ThatAreUnknownAreRefusedWithTheNearest) {
  expect_error(ErrorKind::usage, {"[sample] unknown option 'limt', did you mean 'limit'? known: flag, count"},
               [] { return with("limt", 1.0); });
}

}  // namespace
}  // namespace millrace::test
