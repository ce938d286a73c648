// SPDX-License-Identifier: Apache-2.0
//
// One metric is a list of one. A string alone would be taken apart otherwise.
// expected: MetricConfig|OperationKind::metric
#include "millrace/training.hpp"

#ifdef WRONG
const millrace::CompileOptions options{.metrics = "accuracy"};
#else
const millrace::CompileOptions options{.metrics = {"accuracy"}};
#endif
