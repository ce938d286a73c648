// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

namespace millrace::python {

/// Makes every millrace::Error that leaves a function of the module the Python exception of its kind (millrace/errors.py).
void translate_errors();

}  // namespace millrace::python
