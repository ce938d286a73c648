// SPDX-License-Identifier: Apache-2.0
#include "millrace/data.hpp"
#include "table/npy/array.hpp"

namespace millrace {

namespace {

NumberArray array_in(const std::string& path, ArrayMemory memory) {
  return npy_array(unpacked(open_source(path, "npy"), "npy"), memory);
}

}  // namespace

Dataset read_npy(const std::string& features, const std::string& targets, ArrayMemory memory) {
  const NumberArray x = array_in(features, memory);
  return dataset_of(x, targets.empty() ? std::nullopt : std::optional(array_in(targets, memory)), "npy");
}

}  // namespace millrace
