// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "millrace/options.hpp"

namespace millrace {

/// The value as "name:option=value" has it: 0.1, true, none, 3x5, 0.1,0.01.
[[nodiscard]] std::string value_text(const OptionValue& value);

}  // namespace millrace
