// SPDX-License-Identifier: Apache-2.0
//
// Loads models and checkpoints, which are told apart by their content. Both functions throw Error{data} for the other.
#pragma once

#include <string>

#include "millrace/model.hpp"

namespace millrace::cli {

[[nodiscard]] bool is_checkpoint(const std::string& path);

[[nodiscard]] Model load_model(const std::string& path);
[[nodiscard]] Model load_checkpoint(const std::string& path);

}  // namespace millrace::cli
