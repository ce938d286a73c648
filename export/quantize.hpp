// SPDX-License-Identifier: Apache-2.0
//
// Graphs with smaller numbers, made from graphs of floats:
//   ObservedValues observed;
//   observe(graph, inputs_of_training_rows, observed);
//   PlainGraph small = with_bytes(graph, observed);
// Inputs and outputs stay as they are, and so do nodes before the values `prepared`, which prepare columns. Constants that nothing reads any more are gone.
#pragma once

#include <set>
#include <string>

#include "export/observed_values.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// 8 bits: the constants of Gemm, MatMul and Conv become int8 with a scale for each output column or filter; their
/// inputs and the results of Conv pass through QuantizeLinear and DequantizeLinear, with scales that lose least on the
/// observed values. Tables of Gather become int8 with one scale. A product with less than 2 % of the weights stays in
/// FLOAT. Weights have 7 bits, in -63 to 63: processors without VNNI add two products of an 8-bit input and a weight in
/// 16 bits, which then cannot overflow.
[[nodiscard]] PlainGraph with_bytes(PlainGraph graph, const ObservedValues& observed,
                                    const std::set<std::string>& prepared = {});

/// The same, but the scales of inputs follow from each batch as it is served: DynamicQuantizeLinear, MatMulInteger and
/// ConvInteger. Needs no rows; what a row gets depends on the other rows of its batch.
[[nodiscard]] PlainGraph with_dynamic_bytes(PlainGraph graph, const std::set<std::string>& prepared = {});

/// Half precision: Gemm, MatMul, Conv and Gather with constant numbers, and all between them, in FLOAT16. A node whose
/// observed numbers or constants a half cannot hold stays in FLOAT; so does all after the last of those nodes.
[[nodiscard]] PlainGraph with_halves(PlainGraph graph, const ObservedValues& observed,
                                     const std::set<std::string>& prepared = {});

}  // namespace millrace
