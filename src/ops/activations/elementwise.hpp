// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ops/activations/activation.hpp"

namespace millrace {

[[nodiscard]] std::vector<ActivationRow> elementwise_rows();
[[nodiscard]] std::vector<ActivationRow> rowwise_rows();

}  // namespace millrace
