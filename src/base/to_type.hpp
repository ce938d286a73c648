// SPDX-License-Identifier: Apache-2.0
//
// Names in advice, as they are typed behind a flag.
#pragma once

#include <string>
#include <vector>

namespace millrace {

/// "a,b": the value of a flag that takes a list, with quotes for the list around a name with a comma, and with quotes for
/// the shell around it all where it needs them: 'Person ID,"last, first"'.
[[nodiscard]] std::string to_type(const std::vector<std::string>& names);

}  // namespace millrace
