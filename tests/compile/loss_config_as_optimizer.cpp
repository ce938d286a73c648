// SPDX-License-Identifier: Apache-2.0
//
// A configuration that is already of a kind keeps it.
// expected: LossConfig|OperationKind::loss
#include "millrace/model.hpp"

using namespace millrace;

const LossConfig loss = Huber{.delta = 2};
#ifdef WRONG
const CompileOptions options{.optimizer = loss};
#else
const CompileOptions options{.loss = loss};
#endif
