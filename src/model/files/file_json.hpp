// SPDX-License-Identifier: Apache-2.0
//
// Reads JSON that millrace wrote, from files that anyone may have changed. Deep nesting would overflow the stack, and
// numbers are read as json_numbers.hpp does.
#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/fail.hpp"
#include "base/json_numbers.hpp"

namespace millrace {

/// Throws std::length_error if the text of JSON is nested more than 64 deep: functions that copy, compare and print JSON
/// recurse once a level, and the stack would overflow.
inline void refuse_deep_nesting(std::string_view text) {
  constexpr int deepest = 64;  // a callback of the parser could count levels too, and would double the time
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') ++i;
    if (quoted) continue;
    if (c == '}' || c == ']') --depth;
    if ((c == '{' || c == '[') && ++depth > deepest)
      throw std::length_error("its JSON is nested more than " + std::to_string(deepest) + " deep");
  }
}

/// Returns read(). Errors and a lack of memory pass; what else it throws, as the JSON library does, becomes Error{data}:
/// "[file] WHAT cannot be read, expected one that millrace wrote: ...".
template <class Read>
auto read_written(const std::string& file, const std::string& what, const Read& read) -> decltype(read()) {
  try {
    return read();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    fail(ErrorKind::data, file, what + " cannot be read, expected one that millrace wrote: " + error.what());
  }
}

}  // namespace millrace
