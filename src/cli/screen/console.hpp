// SPDX-License-Identifier: Apache-2.0
//
// Results go to stdout, all else to stderr. The only file that writes to either, but for the progress display.
#pragma once

#include <string_view>

namespace millrace::cli {

/// A result.
void print(std::string_view text);
/// Brings results to their reader. Throws Error{usage} where they could not be written: a full disk, a closed pipe.
void finish_printing();
/// Anything else, as one line of UTF-8 that a terminal shows and nothing else.
void note(std::string_view line);

}  // namespace millrace::cli
