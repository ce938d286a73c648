// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "millrace/model.hpp"
#include "store/checksum.hpp"

namespace millrace::test {

/// The checksum of all weights of an ONNX file, in the order of the parameters.
[[nodiscard]] inline std::string checksum_of_weights(const std::string& path) {
  ChecksumStream checksum;
  const Model model = Model::load_onnx(path);
  for (const Parameter& parameter : model.parameters()) {
    const std::vector<float> values = model.weights(parameter.name);
    checksum.add(std::as_bytes(std::span(values)));
  }
  return checksum.hex();
}

}  // namespace millrace::test
