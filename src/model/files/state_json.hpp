// SPDX-License-Identifier: Apache-2.0
//
// Where a run stands, as the JSON in a checkpoint's metadata: all of it that is not as long as the weights or the rows.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "run/state.hpp"

namespace millrace {

/// `accumulated`: steps since the last update.
[[nodiscard]] nlohmann::json run_to_json(const RunState& run, std::int64_t accumulated);
/// Without the weights of callbacks and the kept rows. Throws what the JSON library throws.
[[nodiscard]] RunState run_from_json(const nlohmann::json& run);

}  // namespace millrace
