// SPDX-License-Identifier: Apache-2.0
//
// Models and checkpoints, told apart by what is in the file. Both throw Error{data} for the wrong one.
#pragma once

#include <string>

#include "millrace/model.hpp"

namespace millrace::cli {

[[nodiscard]] bool is_checkpoint(const std::string& path);

[[nodiscard]] Model load_model(const std::string& path);
[[nodiscard]] Model load_checkpoint(const std::string& path);

}  // namespace millrace::cli
