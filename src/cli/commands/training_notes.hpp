// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/commands/training_rows.hpp"
#include "cli/settings/config.hpp"
#include "millrace/model.hpp"
#include "millrace/split.hpp"

namespace millrace::cli {

/// What the user should know before the first step: of the settings, of the columns, of training and validation rows.
/// chosen: what the table decided; empty: nothing.
[[nodiscard]] std::vector<std::string> training_notes(const Settings& settings, const TrainConfig& config,
                                                      const TrainingRows& rows, const Split& parts, const Model& model,
                                                      const FitOptions& options, const std::string& chosen);

}  // namespace millrace::cli
