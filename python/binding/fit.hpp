// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include "millrace/model.hpp"

namespace millrace::python {

/// Adds fit() to the class Model.
void bind_fit(nanobind::class_<Model>& model);

}  // namespace millrace::python
