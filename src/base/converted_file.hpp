// SPDX-License-Identifier: Apache-2.0
//
// Files that were converted for the program by the process that started it: `python -m millrace` turns Parquet into text in
// memory. The program opens such a file in place of the user's, and goes on to call it by the user's name.
#pragma once

#include <string>

namespace millrace {

/// What to open for the bytes of `path`: "/dev/fd/7" if MILLRACE_CONVERTED has the line "7 PATH" and descriptor 7 is a file
/// in memory, else `path` itself. A program that was started without these descriptors reads the file itself.
[[nodiscard]] std::string converted_file(const std::string& path);

}  // namespace millrace
