// SPDX-License-Identifier: Apache-2.0
//
// An operation with its options as JSON: {"op": "sgd", "options": {"momentum": 0.9}}.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "millrace/config.hpp"

namespace millrace {

[[nodiscard]] nlohmann::json op_to_json(const OpConfig& config);
/// Throws what the JSON library throws. Other keys may stand beside the two.
[[nodiscard]] OpConfig op_from_json(const nlohmann::json& from);

}  // namespace millrace
