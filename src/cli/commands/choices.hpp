// SPDX-License-Identifier: Apache-2.0
//
// What millrace train chooses where the user leaves it open.
#pragma once

#include <string>

#include "cli/settings/config.hpp"
#include "millrace/defaults.hpp"
#include "millrace/model.hpp"

namespace millrace::cli {

/// Chooses layers and loss where the configuration has none; those of `start` if there is one. Returns the flags that say
/// the same, also those of a default training; empty: the user gave everything. Throws Error{usage} if nothing follows.
[[nodiscard]] std::string choose(TrainConfig& config, const Model* start, const TrainingShape& shape);

/// How numeric targets are scaled: as --scale-target says, else as the loss and the format of the file allow.
[[nodiscard]] std::string target_scale(const TrainConfig& config);

}  // namespace millrace::cli
