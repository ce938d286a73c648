// SPDX-License-Identifier: Apache-2.0
//
// Messages about names that are not known: the known ones are listed and the nearest is offered.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The entry of `known` with the smallest edit distance to `name`; empty when none is close (distance above half of
/// the name's length, at least 2, or no character in common).
[[nodiscard]] std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known);

/// "a, b, c"
[[nodiscard]] std::string join(const std::vector<std::string_view>& names);

/// "unknown <what> 'name', known: a, b, c; did you mean 'b'?"
[[nodiscard]] std::string unknown_name(std::string_view what, std::string_view name,
                                       const std::vector<std::string_view>& known);

}  // namespace millrace
