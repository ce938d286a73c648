// SPDX-License-Identifier: Apache-2.0
//
// Whether a graph that was written gives the numbers of the model.
#pragma once

#include <functional>

#include "model/state.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// Compares the outputs of `state` on 256 random rows with those of `written()`, run in double by code that shares
/// nothing with the kernels. Throws Error{mismatch} where they differ by more than 1e-4 of a row's largest output (of
/// 1, if that is smaller) and by more than a graph in fp32 may: then it is evaluated once more, every value rounded.
/// Throws Error{non_finite} where most rows give no finite outputs.
void verify_export(const Model::State& state, const std::function<PlainGraph()>& written);

}  // namespace millrace
