// SPDX-License-Identifier: Apache-2.0
//
// An operation with its options as JSON: {"op": "sgd", "options": {"momentum": 0.9}}.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "millrace/config.hpp"

namespace millrace {

[[nodiscard]] nlohmann::json op_to_json(const OpConfig& config);
/// Other keys beside the two are ignored. Throws the exceptions of the JSON library.
[[nodiscard]] OpConfig op_from_json(const nlohmann::json& from);

}  // namespace millrace
