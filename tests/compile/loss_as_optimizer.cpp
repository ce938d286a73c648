// SPDX-License-Identifier: Apache-2.0
//
// Loss and optimizer in each other's place.
// expected: a loss was given where an optimizer is expected
#include "millrace/model.hpp"

void compile(millrace::Model& model) {
#ifdef WRONG
  model.compile({.optimizer = millrace::Huber{}, .loss = millrace::Adam{}});
#else
  model.compile({.optimizer = millrace::Adam{}, .loss = millrace::Huber{}});
#endif
}
