// SPDX-License-Identifier: Apache-2.0
//
// What a call refuses, and in which words.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "millrace/error.hpp"

namespace millrace::test {

/// `call` throws an Error of this kind, whose text holds every one of `parts`.
template <class Call>
void expect_error(ErrorKind kind, std::initializer_list<std::string> parts, Call call) {
  try {
    call();
    ADD_FAILURE() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_EQ(exit_code(error.kind()), exit_code(kind)) << error.what();
    for (const std::string& part : parts)
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << "no '" << part << "' in: " << error.what();
  }
}

}  // namespace millrace::test
