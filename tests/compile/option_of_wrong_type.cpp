// SPDX-License-Identifier: Apache-2.0
//
// A number where an activation's name is expected.
// expected: no viable conversion|could not convert
#include "millrace/layers.hpp"

#ifdef WRONG
const millrace::Dense layer{.units = 25, .activation = 25};
#else
const millrace::Dense layer{.units = 25, .activation = "relu"};
#endif
