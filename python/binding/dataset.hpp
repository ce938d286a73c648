// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include "errors.hpp"
#include "millrace/data.hpp"

namespace millrace::python {

void bind_dataset(nanobind::module_& m);

/// A Dataset, or an array of features that becomes one. Throws Error{usage} or {data} for what is neither.
[[nodiscard]] Dataset dataset_from(nanobind::handle given, const char* who);

/// A NumPy array (rows, columns) of the memory of `matrix`.
[[nodiscard]] nanobind::object array_from(const Matrix& matrix);

}  // namespace millrace::python
