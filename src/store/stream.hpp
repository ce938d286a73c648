// SPDX-License-Identifier: Apache-2.0
//
// Bytes from and to streams of the standard library.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

namespace millrace {

/// All bytes from the stream's position to its end. Throws Error{environment} as "[who] ..." if the stream had failed
/// before, or fails.
[[nodiscard]] std::string read_stream(std::istream& stream, std::string_view who);

/// Writes all bytes. Throws Error{environment} as "[who] ..." if the stream does not take them.
void write_stream(std::ostream& stream, std::span<const std::byte> bytes, std::string_view who);
/// Flushes the stream after the last byte. Throws as write_stream().
void flush_stream(std::ostream& stream, std::string_view who);

}  // namespace millrace
