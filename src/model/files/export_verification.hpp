// SPDX-License-Identifier: Apache-2.0
//
// The check that an exported graph gives the numbers of the model.
#pragma once

#include <functional>

#include "model/state.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// Compares the outputs of the model on 256 random rows with those of the graph that written() returns, evaluated in
/// double by code that shares nothing with the kernels. Throws Error{mismatch} if an output differs by more than 1e-4 of
/// the row's largest output (of 1, if that is smaller) and by more than rounding explains: to find that out, the graph
/// is evaluated again with every value rounded to fp32. Throws Error{non_finite} if most rows have no finite outputs.
void verify_export(const Model::State& state, const std::function<PlainGraph()>& written);

}  // namespace millrace
