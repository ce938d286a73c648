// SPDX-License-Identifier: Apache-2.0
//
// Whether what a checkpoint says of its run can be: files come from anywhere, and a checksum is soon made.
#pragma once

#include <string>

#include "run/trainer.hpp"

namespace millrace {

/// Throws Error{data} for a state that no run over epochs of so many batches can have had. `path` names the file.
void check_run(const std::string& path, const RunState& at, std::int64_t batches);

}  // namespace millrace
