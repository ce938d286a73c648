// SPDX-License-Identifier: Apache-2.0
//
// The state of a run as the JSON in a checkpoint's metadata. Weights and rows are tensors of their own, and so is a long
// history.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "run/training_state.hpp"

namespace millrace {

/// Leaves out the history. `accumulated`: steps since the last update.
[[nodiscard]] nlohmann::json run_to_json(const TrainingState& run, std::int64_t accumulated);
/// Leaves out the history, the weights of callbacks and the kept rows. Throws the exceptions of the JSON library.
[[nodiscard]] TrainingState run_from_json(const nlohmann::json& run);

/// The epochs as a JSON array.
[[nodiscard]] nlohmann::json history_to_json(const std::vector<Epoch>& history);
/// Throws the exceptions of the JSON library.
[[nodiscard]] std::vector<Epoch> history_from_json(const nlohmann::json& history);
/// The epochs as text, each a line of JSON: a long history needs no JSON of its whole in memory.
[[nodiscard]] std::string history_to_lines(const std::vector<Epoch>& history);
/// Throws the exceptions of the JSON library.
[[nodiscard]] std::vector<Epoch> history_from_lines(std::string_view lines);

}  // namespace millrace
