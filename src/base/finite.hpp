// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace millrace {

/// Whether none of the numbers is NaN or infinite. One look at each, several at a time.
[[nodiscard]] bool all_finite(const float* values, std::int64_t count);

}  // namespace millrace
