// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "step/parameter_store.hpp"

namespace millrace {

/// A checksum over the loss of a step and the weights after it.
[[nodiscard]] std::string result_of_step(double loss, const ParameterStore& store);

}  // namespace millrace
