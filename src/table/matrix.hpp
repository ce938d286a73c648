// SPDX-License-Identifier: Apache-2.0
//
// A matrix that is not zero-filled.
#pragma once

#include "millrace/data.hpp"

namespace millrace {

/// The caller writes every number. The first write to a page makes the system provide it, so writing from several
/// threads is faster than zero-filling. Large matrices are in huge pages. Throws Error{usage} for a shape that does not
/// fit into memory.
[[nodiscard]] Matrix unfilled_matrix(std::int64_t rows, std::int64_t columns);

}  // namespace millrace
