// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "base/fail.hpp"

namespace millrace {

/// Files can list any number of layers. A network of more would take minutes to check.
inline constexpr std::size_t most_layers = 10'000;

/// Throws Error{usage} for more layers than that.
inline void check_layer_count(std::size_t count) {
  if (count > most_layers)
    fail(ErrorKind::usage, "model", std::to_string(count) + " layers, expected at most " + std::to_string(most_layers));
}

}  // namespace millrace
