// SPDX-License-Identifier: Apache-2.0
//
// Weights from a safetensors file of another library, found by name and shape.
#pragma once

#include <string>
#include <vector>

#include "model/state.hpp"

namespace millrace {

/// Sets the parameters that the file has. Tensors of a module, such as "fc1.weight" and "fc1.bias", go to one layer: the
/// one of the same name, else the first one of the same kind and shapes in the order of the network. Kernels of PyTorch,
/// (units, inputs) and (filters, channels, height, width), are transposed. Parameters that the file does not have keep
/// their values. Throws Error{data} if no tensor fits.
[[nodiscard]] std::vector<LoadedWeight> load_weights_by_name(Model::State& state, const std::string& path);

}  // namespace millrace
