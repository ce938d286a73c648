// SPDX-License-Identifier: Apache-2.0
//
// The model as an ONNX file with smaller numbers.
#pragma once

#include <string>

#include "millrace/quantize.hpp"
#include "model/state.hpp"

namespace millrace {

struct QuantizedModel {
  std::string bytes;  ///< of the file
  QuantizeReport report;
};

/// Throws as Model::export_quantized().
[[nodiscard]] QuantizedModel quantize_model(const Model::State& state, const Dataset& training, const Dataset& held_out,
                                            const QuantizeOptions& options);

}  // namespace millrace
