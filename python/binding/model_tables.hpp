// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include "millrace/model.hpp"

namespace millrace::python {

/// What a model reads: a Dataset; an array of features; of a model that takes tables, a Table or what becomes one.
[[nodiscard]] Dataset rows_for(const Model& model, nanobind::handle given, const char* who);

/// prepare, prepared, table_columns and the like.
void bind_model_tables(nanobind::class_<Model>& model);

}  // namespace millrace::python
