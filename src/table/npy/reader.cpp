// SPDX-License-Identifier: Apache-2.0
#include "millrace/data.hpp"
#include "table/npy/array.hpp"

namespace millrace {

namespace {

NumberArray array_in(const std::string& path) { return npy_array(unpacked(open_source(path, "npy"), "npy")); }

}  // namespace

Dataset read_npy(const std::string& features, const std::string& targets) {
  const NumberArray x = array_in(features);
  return dataset_of(x, targets.empty() ? std::nullopt : std::optional(array_in(targets)), "npy");
}

}  // namespace millrace
