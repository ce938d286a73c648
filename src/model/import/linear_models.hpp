// SPDX-License-Identifier: Apache-2.0
//
// scikit-learn's linear models as products: its exporter writes them as operators of ai.onnx.ml.
#pragma once

#include "ops/graph_node.hpp"

namespace millrace {

/// Replaces LinearRegressor by Gemm, and LinearClassifier by Gemm and its last activation. Of two classes whose scores
/// are (1 - p, p), only p is left: (batch, 1). Other nodes stay as they are.
void rewrite_linear_models(PlainGraph& graph);

}  // namespace millrace
