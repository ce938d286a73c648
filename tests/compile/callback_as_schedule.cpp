// SPDX-License-Identifier: Apache-2.0
//
// A callback in the schedule's place.
// expected: a callback was given where a schedule is expected
#include "millrace/training.hpp"

using namespace millrace;

#ifdef WRONG
const CompileOptions options{.schedule = ReduceOnPlateau{}};
#else
const CompileOptions options{.schedule = CosineDecay{}};
#endif
