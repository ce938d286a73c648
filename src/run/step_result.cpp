// SPDX-License-Identifier: Apache-2.0
#include "run/step_result.hpp"

#include "store/checksum.hpp"

namespace millrace {

std::string result_of_step(double loss, const ParameterStore& store) {
  ChecksumStream checksum;
  checksum.add(std::as_bytes(std::span(&loss, 1)));
  const std::vector<float> weights = store.flat_values(ParameterStore::weights);
  checksum.add(std::as_bytes(std::span(weights)));
  return checksum.hex();
}

}  // namespace millrace
