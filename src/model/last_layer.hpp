// SPDX-License-Identifier: Apache-2.0
//
// What defaults and targets depend on: the layer that a network ends in.
#pragma once

#include <cstdint>
#include <string>

#include "millrace/config.hpp"

namespace millrace {

/// The name of the activation, without its options; "linear" if the layer has none. Throws Error{usage} for an unknown
/// layer.
[[nodiscard]] std::string activation_of(const LayerConfig& layer);

/// The units of a layer that has such an option, else 0. Throws as activation_of().
[[nodiscard]] std::int64_t units_of(const LayerConfig& layer);

}  // namespace millrace
