// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::cli {

/// Sentences for a user whose data may not fit: beyond the memory of the control group the system ends the process
/// without a message. limit: cgroup_memory(); asked: bytes of --memory, 0: none; files: the data; as_text: whether they
/// are text.
[[nodiscard]] std::vector<std::string> memory_notes(double limit, std::int64_t asked,
                                                    const std::vector<std::string>& files, bool as_text);

}  // namespace millrace::cli
