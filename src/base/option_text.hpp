// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "millrace/options.hpp"

namespace millrace {

/// As it is written in "name:option=value".
[[nodiscard]] std::string value_text(const OptionValue& value);

}  // namespace millrace
