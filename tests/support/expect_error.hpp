// SPDX-License-Identifier: Apache-2.0
//
// Checks which error a call throws.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "millrace/error.hpp"

namespace millrace::test {

/// Fails at the line of the caller unless `call` throws an Error of this kind whose text contains every one of `parts`.
template <class Call>
void expect_error(ErrorKind kind, std::initializer_list<std::string> parts, Call call,
                  const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  try {
    static_cast<void>(call());
    ADD_FAILURE_AT(file, line) << "no error was thrown";
  } catch (const Error& error) {
    const std::string text = error.what();
    if (error.kind() != kind) ADD_FAILURE_AT(file, line) << "exit code " << exit_code(error.kind()) << " of: " << text;
    for (const std::string& part : parts) {
      if (text.find(part) == std::string::npos) ADD_FAILURE_AT(file, line) << "no '" << part << "' in: " << text;
    }
  } catch (const std::exception& other) {
    ADD_FAILURE_AT(file, line) << "no millrace::Error: " << other.what();
  }
}

}  // namespace millrace::test
