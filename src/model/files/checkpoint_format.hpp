// SPDX-License-Identifier: Apache-2.0
//
// The metadata keys by which a checkpoint says what it is.
//
// Format 2: "format" is "pt", as in every safetensors file whose tensors are row-major; "millrace.checkpoint" is 2.
// The history of more epochs than most_epochs_in_header is a tensor of text, one epoch a line, as JSON.
// Format 1, of version 0.1: "format" is "millrace checkpoint 1", which other programs refuse. All else is the same.
#pragma once

#include <cstdint>

namespace millrace {

inline constexpr const char *ecosystem_key = "format", *ecosystem = "pt", *checkpoint_1 = "millrace checkpoint 1";
inline constexpr const char* checkpoint_key = "millrace.checkpoint";
inline constexpr int newest_checkpoint = 2;

/// So few that their metrics fit the header beside the card, whatever there are of them.
inline constexpr std::int64_t most_epochs_in_header = 5000;
inline constexpr const char* history_tensor = "run/history";

}  // namespace millrace
