// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const ClassNames names(classes);
//   const std::int64_t at = names.index("1.0");  // of class "1"
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace millrace {

/// The names of classes, for many searches. The names must outlive it.
class ClassNames {
 public:
  explicit ClassNames(const std::vector<std::string>& names);
  ClassNames(const ClassNames&) = delete;  // its copy would name the texts of the first owner
  ClassNames& operator=(const ClassNames&) = delete;

  /// The index of the class that a text names: the text itself, or else the same number, the same text without blanks at
  /// its ends, or the same boolean, as "1" and "1.0", "true" and "True". Of several that are equal the first. -1: none.
  [[nodiscard]] std::int64_t index(std::string_view text) const;

  /// The same for the text itself only.
  [[nodiscard]] std::int64_t index_of_same(std::string_view text) const;

 private:
  std::unordered_map<std::string_view, std::int64_t> by_text_, by_trimmed_;
  std::unordered_map<double, std::int64_t> by_number_;
  std::map<std::pair<int, bool>, std::int64_t> by_boolean_;  // the pair of words, and which of it
};

}  // namespace millrace
