// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <utility>

#include "millrace/model.hpp"

namespace millrace {

/// Makes all columns of the table ignored that are no features of the model. A target may then hold what is no class of it.
inline void keep_features(Table& table, const Model& model) {
  std::set<std::string> features;
  for (TableColumn& column : model.table_columns()) features.insert(std::move(column.name));
  for (TableColumn& column : table.columns)
    if (!features.contains(column.name)) column.kind = ColumnKind::ignored;
}

}  // namespace millrace
