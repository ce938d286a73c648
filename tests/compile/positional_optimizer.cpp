// SPDX-License-Identifier: Apache-2.0
//
// The second number of AdamW is no beta: options by their order would be taken for others.
// expected: NameTheOption
#include "millrace/optimizers.hpp"

#ifdef WRONG
millrace::AdamW optimizer{1e-3, 0.9};
#else
millrace::AdamW optimizer{.learning_rate = 1e-3, .beta_1 = 0.9};
#endif
