// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace millrace::cli {

enum class Stream { out, err };  ///< results, which stdout takes, and stderr

[[nodiscard]] bool is_terminal(Stream stream);
/// Whether the stream is a terminal that obeys control characters: not one of TERM=dumb, nor that of a service that sets CI.
[[nodiscard]] bool is_screen(Stream stream);
/// Columns of the terminal; `fallback` where the stream is no terminal or the terminal does not know.
[[nodiscard]] std::size_t terminal_width(Stream stream, std::size_t fallback);

/// Writes to stderr, past its buffer. The work goes on if nobody reads.
void write_to_screen(std::string_view text);

}  // namespace millrace::cli
