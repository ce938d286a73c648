// SPDX-License-Identifier: Apache-2.0
//
// The public headers bring none of the libraries underneath with them.
// expected: dnnl
#include "millrace/millrace.hpp"

#ifdef WRONG
namespace used = dnnl;
#else
namespace used = millrace;
#endif
