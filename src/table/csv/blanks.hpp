// SPDX-License-Identifier: Apache-2.0
//
// Text whose cells stand in columns: any number of blanks and tabs separates them.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// The same lines with one tab between cells: runs of blanks and tabs become one tab, and those at the start and the end
/// of a line are dropped. Cells in quotes and lines of comment stay as they are.
[[nodiscard]] std::string blanks_to_tabs(std::string_view text, char comment);

}  // namespace millrace
