// SPDX-License-Identifier: Apache-2.0
//
// A loss among the metrics: metrics of the same name are written as text.
// expected: a loss was given where a metric is expected
#include "millrace/model.hpp"

#ifdef WRONG
const millrace::CompileOptions options{.metrics = {millrace::MeanAbsoluteError{}}};
#else
const millrace::CompileOptions options{.metrics = {"mean_absolute_error"}};
#endif
