// SPDX-License-Identifier: Apache-2.0
//
// A schedule among the callbacks.
// expected: a schedule was given where a callback is expected
#include "millrace/training.hpp"

using namespace millrace;

#ifdef WRONG
const FitOptions options{.callbacks = {EarlyStopping{}, CosineDecay{}}};
#else
const FitOptions options{.callbacks = {EarlyStopping{}, ReduceOnPlateau{}}};
#endif
