// SPDX-License-Identifier: Apache-2.0
//
// An optimizer in the loss's place.
// expected: an optimizer was given where a loss is expected
#include "millrace/model.hpp"

#ifdef WRONG
const millrace::CompileOptions options{.loss = millrace::Adam{}};
#else
const millrace::CompileOptions options{.loss = "huber:delta=2"};
#endif
