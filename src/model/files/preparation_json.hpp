// SPDX-License-Identifier: Apache-2.0
//
// The preparation of a table and the scale of targets as JSON, parts of the model card.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "prepare/table_preparation.hpp"
#include "prepare/target_scale.hpp"

namespace millrace {

[[nodiscard]] nlohmann::json preparation_to_json(const TablePreparation& preparation);
/// Throws Error{usage} or nlohmann::json::exception for JSON that makes no sense.
[[nodiscard]] TablePreparation preparation_from_json(const nlohmann::json& json);

[[nodiscard]] nlohmann::json target_scale_to_json(const TargetScale& scale);
[[nodiscard]] TargetScale target_scale_from_json(const nlohmann::json& json);

}  // namespace millrace
