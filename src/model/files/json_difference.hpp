// SPDX-License-Identifier: Apache-2.0
//
// Where two descriptions of runs differ, in words:
//   json_difference(then, now, {"in the checkpoint", "now"})   // "seed (1 in the checkpoint, 2 now)"
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace millrace {

/// Whose values are compared, as they stand behind the values in the text.
struct ComparedSides {
  std::string first, other;
  /// Keys with checksums of rows, which tell a reader nothing.
  std::vector<std::string> checksums{};
};

/// The first key, in alphabetical order, whose value differs; empty if there is none.
[[nodiscard]] std::string first_different_key(const nlohmann::json& first, const nlohmann::json& other);
/// The difference in that key, with the keys that lead to it and both values; empty if there is none. Lists are compared
/// by the names of their entries; of checksums only that they differ is said.
[[nodiscard]] std::string json_difference(const nlohmann::json& first, const nlohmann::json& other,
                                          const ComparedSides& sides);
/// " (1 in the checkpoint, 2 now)".
[[nodiscard]] std::string both_values(const std::string& first, const std::string& other, const ComparedSides& sides);
/// A value as such texts have it; null is "none".
[[nodiscard]] std::string json_value_text(const nlohmann::json& value);

}  // namespace millrace
