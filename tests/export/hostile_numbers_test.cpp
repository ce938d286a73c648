// SPDX-License-Identifier: Apache-2.0
//
// Numbers in a file that ask an operator for the impossible: they are refused, and cost neither memory nor time.
#include <gtest/gtest.h>

#include <limits>

#include "export/graphs.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

DoubleTensor list(std::vector<double> values) { return {{std::ssize(values)}, values, {}, ValueType::int64}; }

const DoubleTensor row{{1, 2}, {1, 2}}, image{{1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}, one{{}, {1}};

struct Hostile {
  const char* op;
  std::vector<DoubleTensor> operands;
  std::map<std::string, NodeAttribute> attributes;
  const char* says;
};

TEST(HostileNumbers, AreRefused) {
  using List = std::vector<std::int64_t>;
  const List ones{1, 1};
  const Hostile cases[] = {
      {"Reshape", {row, list({nan})}, {}, "NaN"},
      {"Reshape", {row, list({-infinity})}, {}, "2 elements do not have shape (-1000000000000000)"},
      {"Reshape", {row, list({-1, -2})}, {}, "(2, -2)"},
      {"Reshape", {row, list({1e18, 1e18, -1})}, {}, "2 elements"},
      {"Reshape", {{{0}, {}}, list({0, 1e12, 1e12})}, {{"allowzero", std::int64_t{1}}}, "at most 134217728 numbers"},
      {"Expand", {one, list({1e9})}, {}, "at most 134217728 numbers"},
      {"Expand", {one, list({-3})}, {}, "(-3)"},
      {"ConstantOfShape", {list({1e5, 1e5})}, {}, "(100000, 100000)"},
      {"OneHot", {list({0}), list({-1e38}), list({0, 1})}, {}, "depth"},
      {"OneHot", {{{1000}, std::vector<double>(1000)}, list({1e6}), list({0, 1})}, {}, "(1000, 1000000)"},
      {"Pad", {image, list({0, 0, 1e5, 1e5, 0, 0, 0, 0})}, {}, "at most 134217728 numbers"},
      {"Slice", {row, list({0}), list({1}), list({0, 1, 1})}, {}, "axes"},
      {"Slice", {row, list({0}), list({1}), list({0}), list({1, 1})}, {}, "steps"},
      {"Add",
       {{{20'000, 1}, std::vector<double>(20'000)}, {{1, 20'000}, std::vector<double>(20'000)}},
       {},
       "(20000, 20000)"},
      {"MatMul",
       {{{20'000, 1}, std::vector<double>(20'000)}, {{1, 20'000}, std::vector<double>(20'000)}},
       {},
       "(20000, 20000)"},
      {"Scaler", {one}, {}, "expected columns"},
      {"Normalizer", {one}, {{"norm", std::string("L1")}}, "expected columns"},
      {"Conv", {image, {{1, 1, 1, 1}, {1}}}, {{"group", largest}}, "do not fit together"},
      {"Conv", {image, {{1, 1, 1, 1}, {1}}, list({})}, {}, "bias"},
      {"MaxPool", {image}, {{"kernel_shape", ones}, {"pads", List{1, 1, 0, 0}}}, "beside the image"},
      {"Neg", {{{0, largest}, {}}}, {}, "at most 134217728 numbers"},
  };
  for (const Hostile& hostile : cases) {
    SCOPED_TRACE(hostile.op);
    expect_error(ErrorKind::data, {hostile.says},
                 [&] { return result(hostile.op, hostile.operands, hostile.attributes); });
  }
}

// As ONNX has it: the largest numbers stand for the ends.
TEST(HostileNumbers, StandForEnds) {
  EXPECT_EQ(result("Slice", {row, list({-9e18}), list({9e18}), list({1}), list({9e18})}, {}).values,
            std::vector<double>{1});
  EXPECT_EQ(result("Shape", {image}, {{"start", -largest}, {"end", largest}}).values,
            (std::vector<double>{1, 1, 3, 3}));
}

// Places of a window beside the image are passed over, not visited.
TEST(HostileNumbers, WindowsLargerThanTheImage) {
  using List = std::vector<std::int64_t>;
  const std::int64_t large = 1 << 29;
  const DoubleTensor y =
      result("MaxPool", {image}, {{"kernel_shape", List{large, large}}, {"pads", List{large - 3, large - 3, 0, 0}}});
  EXPECT_EQ(y.shape, (Shape{1, 1, 1, 1}));
  EXPECT_EQ(y.values, std::vector<double>{9});
}

}  // namespace
}  // namespace millrace::test
