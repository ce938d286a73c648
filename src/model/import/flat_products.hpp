// SPDX-License-Identifier: Apache-2.0
//
// Products of sequences that a maker writes as products of matrices.
#pragma once

#include "model/import/foreign_graph.hpp"

namespace millrace {

/// Keras multiplies every vector of a sequence by a matrix in three nodes: Reshape to (rows times vectors, width), MatMul,
/// Reshape back. They become one MatMul that reads the sequence. `values` has every value of a few rows.
void merge_flat_products(const Tensors& values, ForeignGraph& graph);

}  // namespace millrace
