// SPDX-License-Identifier: Apache-2.0
//
// A model moves and does not copy: a copy of the weights should be seen where it is made.
// expected: deleted (function|constructor)|implicitly deleted|use of deleted
#include "millrace/model.hpp"

millrace::Model moved(millrace::Model model) {
#ifdef WRONG
  millrace::Model copy = model;
  return copy;
#else
  return model;
#endif
}
