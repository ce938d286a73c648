// SPDX-License-Identifier: Apache-2.0
//
// Eight floats that one vector instruction loads, adds, multiplies or stores, at any address of a float: rows of a
// matrix begin wherever their stride puts them.
#pragma once

namespace millrace {

// A typedef, because clang 14 ignores aligned(4) in an alias declaration and then assumes addresses at 32 bytes.
// NOLINTNEXTLINE(modernize-use-using)
typedef float EightFloats __attribute__((vector_size(32), aligned(4), may_alias));

}  // namespace millrace
