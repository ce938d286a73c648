// SPDX-License-Identifier: Apache-2.0
//
// Columns without a name of their own, which are not read: they count the rows, as pandas writes them, or are nothing
// but what follows a delimiter at the end of each line.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// Whether a name is empty, or one that pandas gives to a column without a name: "Unnamed: 0".
[[nodiscard]] bool is_unnamed(std::string_view name);

/// The obstacle of such a column, with the remedy.
[[nodiscard]] std::string unnamed_obstacle();

}  // namespace millrace
