// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

namespace millrace::python {

void bind_model(nanobind::module_& m);

}  // namespace millrace::python
