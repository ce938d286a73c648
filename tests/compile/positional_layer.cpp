// SPDX-License-Identifier: Apache-2.0
//
// Options by their order, as Keras allows for the first ones. The message names what to do.
// expected: NameTheOption
#include "millrace/layers.hpp"

#ifdef WRONG
const millrace::Dense layer{25, "relu"};
#else
const millrace::Dense layer{.units = 25, .activation = "relu"};
#endif
