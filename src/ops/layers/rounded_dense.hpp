// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ops/activations/activation.hpp"
#include "ops/layers/layer.hpp"

namespace millrace {

/// A dense layer that trains with products of bfloat16 numbers: operands are rounded, sums and all else are fp32. The
/// first parameter has memory for rounded copies.
[[nodiscard]] std::unique_ptr<LayerKernel> prepare_rounded_dense(std::shared_ptr<const Activation> activation,
                                                                 const LayerContext& context);

}  // namespace millrace
