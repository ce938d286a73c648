// SPDX-License-Identifier: Apache-2.0
//
// Where files of PyTorch have the numbers of a flattened image: there (channels, height, width) is flattened, here
// (height, width, channels).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/network.hpp"

namespace millrace {

/// For each place of a row here, the place there; empty: the same. Nothing where a flattened image is added to, or otherwise
/// combined with, numbers in another order: PyTorch then computes another network.
using TorchOrder = std::optional<std::vector<std::int64_t>>;

/// By id of the network's values.
[[nodiscard]] std::vector<TorchOrder> torch_orders(const Network& network);

}  // namespace millrace
