// SPDX-License-Identifier: Apache-2.0
//
// What becomes of the columns of a table: --schema, [columns.NAME] of --config, and the flags for all columns.
//   [columns.age]
//   kind = "number"          # as millrace schema prints it
//   missing = "mean"
//   scale = "robust"
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/settings/command.hpp"
#include "millrace/prepare.hpp"
#include "millrace/table.hpp"

namespace millrace::cli {

struct TableSettings {
  std::map<std::string, ColumnKind> kinds;       ///< of the columns that a schema names
  ColumnOptions all;                             ///< for the columns that `columns` does not name
  std::map<std::string, ColumnOptions> columns;  ///< `all`, and what a schema says of the column
  std::string label;                             ///< the column of kind "label"; empty: none
};

inline constexpr std::array<std::string_view, 3> scale_target_words{"standard", "log1p", "none"};
/// --schema, --missing, --scale, --encode and --scale-target.
[[nodiscard]] std::vector<Flag> table_flags();

/// A column that both files describe is as --config says. Throws Error{usage} with the place in the file for unknown keys
/// and wrong values.
[[nodiscard]] TableSettings table_settings(const Settings& settings);

/// The name of the first setting that only columns of a text file can have, or null: one of table_flags(), [columns],
/// --group or --time. An array has no such columns.
[[nodiscard]] const Setting* column_setting(const Settings& settings);

}  // namespace millrace::cli
