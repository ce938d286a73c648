// SPDX-License-Identifier: Apache-2.0
//
// The text of an error for a sentence that says by itself who failed.
#pragma once

#include <string>

#include "millrace/error.hpp"

namespace millrace {

/// what() without the "[who] " that fail() puts ahead of it.
[[nodiscard]] inline std::string text_without_who(const Error& error) {
  const std::string text = error.what();
  const std::size_t end = text.starts_with('[') ? text.find("] ") : std::string::npos;
  return end == std::string::npos ? text : text.substr(end + 2);
}

}  // namespace millrace
