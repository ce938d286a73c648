// SPDX-License-Identifier: Apache-2.0
//
// An option that a layer does not have. Both compilers name it.
// expected: member named|designator 'unit'
#include "millrace/layers.hpp"

#ifdef WRONG
const millrace::Dense layer{.unit = 25};
#else
const millrace::Dense layer{.units = 25};
#endif
