// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const CsvColumns chosen = choose_columns(file, options);
//   chosen.uses[3]              // what column 3 of the file is read for, and into which column of what
//
// Which column of the file becomes what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/data.hpp"
#include "table/csv/file.hpp"

namespace millrace {

enum class CsvRole : std::uint8_t {
  unused,  ///< not looked at, whatever its cells hold
  feature,
  target,  ///< one of several targets: numbers
  label,   ///< the only target: numbers or text
  weight
};

struct CsvUse {
  CsvRole role = CsvRole::unused;
  std::int32_t index = 0;  ///< of the feature or target column it fills
};

struct CsvColumns {
  std::vector<CsvUse> uses;  ///< one a column of the file
  std::vector<std::string> feature_names, target_names;
  std::size_t label = 0;  ///< the column of the file with role label, where target_names has one entry
};

/// Throws Error{usage} for a column that the file does not have and for one that is asked for twice, Error{data} for one
/// whose name other columns have too. Columns without a name are not used.
[[nodiscard]] CsvColumns choose_columns(const CsvFile& file, const CsvOptions& options);

}  // namespace millrace
