// SPDX-License-Identifier: Apache-2.0
//
// Numbers in sentences.
#pragma once

#include <cstdint>
#include <string>

namespace millrace {

/// A number as printf writes it, in any locale with a decimal point; the format has one conversion of a double, and gives
/// at most 63 characters.
[[nodiscard]] std::string formatted(const char* format, double value);
/// "1 epoch", "3 epochs".
[[nodiscard]] std::string counted(std::int64_t count, const std::string& noun);
/// "1 class", "3 classes".
[[nodiscard]] std::string counted(std::int64_t count, const std::string& one, const std::string& several);

}  // namespace millrace
