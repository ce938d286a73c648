// SPDX-License-Identifier: Apache-2.0
//
// The functions with which the library throws are not part of the public headers.
// expected: fail.+ is not a
#include "millrace/millrace.hpp"

using namespace millrace;

namespace {
void fail(ErrorKind kind) { throw Error(kind, "[program] a function of the user's own"); }
}  // namespace

void stop() {
#ifdef WRONG
  millrace::fail(ErrorKind::usage, "program", "a text");
#else
  fail(ErrorKind::usage);
#endif
}
