// SPDX-License-Identifier: Apache-2.0
//
// The state of a run as the JSON in a checkpoint's metadata. Weights and rows are tensors of their own.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "run/training_state.hpp"

namespace millrace {

/// `accumulated`: steps since the last update.
[[nodiscard]] nlohmann::json run_to_json(const TrainingState& run, std::int64_t accumulated);
/// Leaves out the weights of callbacks and the kept rows. Throws the exceptions of the JSON library.
[[nodiscard]] TrainingState run_from_json(const nlohmann::json& run);

}  // namespace millrace
