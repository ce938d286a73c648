// SPDX-License-Identifier: Apache-2.0
//
// Results go to stdout, everything else to stderr. All output but the progress display's is written here.
#pragma once

#include <span>
#include <string_view>

namespace millrace::cli {

/// From now on this process writes neither results nor messages: another process of its cluster does. Undone by
/// silence(false).
void silence(bool on = true) noexcept;

/// A result for people, or JSON. Characters that a terminal would obey are escaped (printable.hpp).
void print(std::string_view text);
/// A result that another program reads, byte by byte. On a terminal it is escaped as print() does.
void print_data(std::string_view bytes);
/// Delivers what was printed. Throws Error{environment} if it cannot be written: a full disk, a closed pipe.
void finish_printing();

/// A message on stderr, one line of printable text. A long message is shortened in its middle.
void note(std::string_view message);
inline constexpr std::string_view out_of_memory =
    "[millrace] out of memory, expected a smaller model, batch or table, or a higher limit (ulimit -v)";

/// The same for literals, without allocating: for a process that has no memory left.
void note_literal(std::string_view line) noexcept;

}  // namespace millrace::cli
