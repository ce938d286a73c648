// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

namespace millrace::python {

/// Adds write_file() to the module.
void bind_files(nanobind::module_& m);

}  // namespace millrace::python
