// SPDX-License-Identifier: Apache-2.0
//
// An optimizer among the layers.
// expected: an optimizer was given where a layer is expected
#include "millrace/model.hpp"

using namespace millrace;

#ifdef WRONG
const Tensor output = input("x", {"a"}) | Adam{};
#else
const Tensor output = input("x", {"a"}) | Dense{.units = 1};
#endif
