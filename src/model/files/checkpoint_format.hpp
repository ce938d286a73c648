// SPDX-License-Identifier: Apache-2.0
//
// The metadata keys by which a checkpoint says what it is.
//
// Format 2: "format" is "pt", as in every safetensors file whose tensors are row-major; "millrace.checkpoint" is 2.
// Format 1, of version 0.1: "format" is "millrace checkpoint 1", which other programs refuse. All else is the same.
#pragma once

namespace millrace {

inline constexpr const char *ecosystem_key = "format", *ecosystem = "pt", *checkpoint_1 = "millrace checkpoint 1";
inline constexpr const char* checkpoint_key = "millrace.checkpoint";
inline constexpr int newest_checkpoint = 2;

}  // namespace millrace
