// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <string>

namespace millrace::python {

/// The bytes of the name of a file, from a str, bytes or an os.PathLike: the argument `name` of the function `who`. Raises
/// UsageError for anything else.
[[nodiscard]] std::string path_from(nanobind::handle given, const char* who, const char* name = "path");

/// Adds write_file() to the module.
void bind_files(nanobind::module_& m);

}  // namespace millrace::python
