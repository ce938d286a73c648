// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <string_view>

#include "millrace/error.hpp"

namespace millrace::python {

/// Makes every millrace::Error that leaves a function of the module the Python exception of its kind (millrace/errors.py).
void translate_errors();

/// A Python exception as an Error: of the kind of its class if that is one of millrace's, else usage. who: for its message.
[[nodiscard]] Error error_from(const nanobind::python_error& raised, std::string_view who);

/// Throws Error{kind, "[who] text"}.
[[noreturn]] void fail(ErrorKind kind, std::string_view who, std::string_view text);

}  // namespace millrace::python
