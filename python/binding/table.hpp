// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include "millrace/model.hpp"
#include "millrace/table.hpp"

namespace millrace::python {

/// A Table as it is; a frame, an Arrow stream or a dictionary of columns becomes one (millrace/_tables.py).
[[nodiscard]] Table table_from(nanobind::handle given, const TableOptions& options, const char* who);

/// {name: "number", ...} as kinds of columns. Throws Error{usage} for another word.
[[nodiscard]] std::map<std::string, ColumnKind> kinds_from(nanobind::handle given, const char* who);
/// {name: "number", ...}
[[nodiscard]] nanobind::dict dictionary_from(const std::map<std::string, ColumnKind>& kinds);
/// {"name": ..., "kind": ..., "missing": ..., "levels": [...], "obstacles": [...]}
[[nodiscard]] nanobind::dict dictionary_from(const TableColumn& column);

void bind_table(nanobind::module_& m);

}  // namespace millrace::python
