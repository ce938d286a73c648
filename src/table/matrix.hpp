// SPDX-License-Identifier: Apache-2.0
//
// A matrix whose every number is about to be written.
#pragma once

#include "millrace/data.hpp"

namespace millrace {

/// Not zero-filled: whoever writes a page first, on any thread, is the one who waits for the system to provide it. In
/// huge pages where it is large. Throws Error{usage} for a shape that does not fit into memory.
[[nodiscard]] Matrix unfilled_matrix(std::int64_t rows, std::int64_t columns);

}  // namespace millrace
