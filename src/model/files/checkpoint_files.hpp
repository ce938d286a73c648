// SPDX-License-Identifier: Apache-2.0
//
// The names of the checkpoints that a run keeps: the newest has the name that was asked for, the one before it
// "checkpoint.1.safetensors", and so on.
#pragma once

#include <string>
#include <vector>

namespace millrace {

/// The name of the checkpoint `age` saves before the newest; age 0: `path` itself.
[[nodiscard]] std::string checkpoint_of_age(const std::string& path, int age);

/// Those that exist, the newest first.
[[nodiscard]] std::vector<std::string> existing_checkpoints(const std::string& path);

/// Before a new checkpoint is written: gives the present one the name of age 1 too, and moves older ones on by one, so
/// that `keep` remain with the new one. `path` stays where it is. Throws Error{environment}.
void age_checkpoints(const std::string& path, int keep);

}  // namespace millrace
