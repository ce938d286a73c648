// SPDX-License-Identifier: Apache-2.0
//
// A layer in the optimizer's place.
// expected: a layer was given where an optimizer is expected
#include "millrace/model.hpp"

void compile(millrace::Model& model) {
#ifdef WRONG
  model.compile({.optimizer = millrace::Dense{.units = 1}, .loss = millrace::MeanSquaredError{}});
#else
  model.compile({.optimizer = millrace::Adam{}, .loss = millrace::MeanSquaredError{}});
#endif
}
