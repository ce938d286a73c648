// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <string_view>

#include "millrace/error.hpp"

namespace millrace::python {

/// Makes every millrace::Error that leaves a function of the module the Python exception of its kind (millrace/errors.py).
void translate_errors();

/// Throws Error{kind, "[who] text"}.
[[noreturn]] void fail(ErrorKind kind, std::string_view who, std::string_view text);

}  // namespace millrace::python
