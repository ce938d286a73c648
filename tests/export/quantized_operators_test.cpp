// SPDX-License-Identifier: Apache-2.0
//
// Operators on numbers of 8 bits, and half precision, give the values that ONNX's specification says.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "export/graph_evaluator.hpp"
#include "millrace/error.hpp"
#include "support/expect_error.hpp"

namespace millrace {
namespace {

using test::expect_error;

std::vector<DoubleTensor> results(const std::string& op, const std::vector<DoubleTensor>& in, std::size_t outputs = 1,
                                  std::map<std::string, NodeAttribute> attributes = {}) {
  PlainGraph graph;
  std::map<std::string, DoubleTensor> values;
  GraphNode node{op, "node", {}, {}, std::move(attributes)};
  for (const DoubleTensor& tensor : in) {
    node.inputs.push_back("x" + std::to_string(node.inputs.size()));
    values[node.inputs.back()] = tensor;
  }
  for (std::size_t i = 0; i < outputs; ++i) {
    node.outputs.push_back("y" + std::to_string(i));
    graph.outputs.push_back({node.outputs.back(), {}});
  }
  graph.nodes = {node};
  return evaluate_graph(graph, std::move(values));
}

DoubleTensor number(double value, ValueType type = ValueType::real32) { return {{}, {value}, {}, type}; }

TEST(QuantizedOperators, QuantizeRoundsToEvenAndSaturates) {
  const DoubleTensor x{{2, 4}, {0, 1, 3, -1, 1000, -1000, 5, 254}};
  const DoubleTensor y = results("QuantizeLinear", {x, number(2), number(1, ValueType::uint8)})[0];
  EXPECT_EQ(y.values, (std::vector<double>{1, 1, 3, 1, 255, 0, 3, 128}));  // 0.5 -> 0, 1.5 -> 2, -0.5 -> 0, 2.5 -> 2
  EXPECT_EQ(y.type, ValueType::uint8);
  const DoubleTensor z = results("QuantizeLinear", {x, number(2), number(-1, ValueType::int8)})[0];
  EXPECT_EQ(z.values, (std::vector<double>{-1, -1, 1, -1, 127, -128, 1, 126}));
}

TEST(QuantizedOperators, DequantizesAlongAnAxis) {
  const DoubleTensor x{{2, 3}, {10, 20, 30, -40, 50, 60}, {}, ValueType::int8};
  const DoubleTensor scales{{3}, {1, 0.5, 2}}, zeros{{3}, {0, 0, 10}, {}, ValueType::int8};
  EXPECT_EQ(results("DequantizeLinear", {x, scales, zeros})[0].values, (std::vector<double>{10, 10, 40, -40, 25, 100}));
  const DoubleTensor two{{2}, {1, 2}};
  const DoubleTensor y = results("DequantizeLinear", {x, two}, 1, {{"axis", std::int64_t{0}}})[0];
  EXPECT_EQ(y.values, (std::vector<double>{10, 20, 30, -80, 100, 120}));
  EXPECT_EQ(y.type, ValueType::real32);
  expect_error(ErrorKind::data, {"2 scales for an extent of 3"}, [&] { results("DequantizeLinear", {x, two}); });
  expect_error(ErrorKind::data, {"2 scales and 3 zero points"}, [&] {
    results("DequantizeLinear", {x, two, zeros}, 1, {{"axis", std::int64_t{0}}});
  });
}

TEST(QuantizedOperators, DynamicScalesHoldZeroAndTheExtremes) {
  const std::vector<DoubleTensor> y = results("DynamicQuantizeLinear", {{{1, 3}, {-1, 0, 4.1}}}, 3);
  EXPECT_DOUBLE_EQ(y[1].values[0], 5.1 / 255);
  EXPECT_EQ(y[2].values[0], 50);
  EXPECT_EQ(y[0].values, (std::vector<double>{0, 50, 255}));
  const std::vector<DoubleTensor> positive = results("DynamicQuantizeLinear", {{{1, 2}, {2, 5.1}}}, 3);
  EXPECT_EQ(positive[2].values[0], 0);
  EXPECT_EQ(positive[0].values, (std::vector<double>{100, 255}));
  EXPECT_EQ(results("DynamicQuantizeLinear", {{{1, 2}, {0, 0}}}, 3)[0].values, (std::vector<double>{0, 0}));
}

TEST(QuantizedOperators, ProductsOfWholeNumbersSubtractZeroPoints) {
  const DoubleTensor a{{1, 2}, {10, 20}, {}, ValueType::uint8}, b{{2, 2}, {1, -2, 3, 4}, {}, ValueType::int8};
  const DoubleTensor y = results("MatMulInteger", {a, b, number(10, ValueType::uint8)})[0];
  EXPECT_EQ(y.values, (std::vector<double>{30, 40}));
  EXPECT_EQ(y.type, ValueType::int32);
  // Padding stands for the zero point, which is zero after it is subtracted.
  const DoubleTensor image{{1, 1, 1, 2}, {12, 15}, {}, ValueType::uint8},
      kernel{{1, 1, 1, 2}, {2, 3}, {}, ValueType::int8};
  EXPECT_EQ(results("ConvInteger", {image, kernel, number(10, ValueType::uint8)}, 1,
                    {{"pads", std::vector<std::int64_t>{0, 1, 0, 0}}})[0]
                .values,
            (std::vector<double>{6, 19}));
  expect_error(ErrorKind::data, {"several zero points"}, [&] {
    results("MatMulInteger", {a, b, {{2}, {1, 2}, {}, ValueType::uint8}});
  });
}

TEST(QuantizedOperators, HalvesAreRoundedAfterEachNode) {
  PlainGraph graph;
  graph.add_constant("one", {1}, {1});
  graph.constants["one"].smaller = ValueType::real16;
  graph.add("Cast", "half", {"x"}, {{"to", cast_to_real16}});
  graph.add("Add", "sum", {"half", "one"});
  graph.add("Cast", "y", {"sum"}, {{"to", cast_to_real32}});
  graph.outputs = {{"sum", {1}}, {"y", {1}}};
  const std::vector<DoubleTensor> y = evaluate_graph(graph, {{"x", {{2, 1}, {2049, 1e6}}}});
  EXPECT_EQ(y[0].values, (std::vector<double>{2048, HUGE_VAL}));  // 2048 + 1 is a tie
  EXPECT_EQ(y[0].type, ValueType::real16);
  EXPECT_EQ(y[1].type, ValueType::real32);
}

TEST(QuantizedOperators, RefuseMoreOutputsThanTheOperatorHas) {
  expect_error(ErrorKind::data, {"2 outputs, expected 1 to 1"}, [] { results("Relu", {{{1}, {1}}}, 2); });
}

}  // namespace
}  // namespace millrace
