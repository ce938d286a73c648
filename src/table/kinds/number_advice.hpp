// SPDX-License-Identifier: Apache-2.0
//
// What is said of a text that was to be a number and is none, and what to do about it.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "table/kinds/number_form.hpp"

namespace millrace {

/// Where a text stands.
struct TextSurroundings {
  std::span<const std::string_view> column{};  ///< the texts of its column, which the same form should read
  char delimiter = 0;                          ///< of the file; a comma beside ';' is a decimal comma. 0: not known
};

/// What is wrong with a cell that had to be a finite number of this form and is none: "'abc' is not a number, expected
/// ...". remedy: for one that no flags make a number.
[[nodiscard]] std::string number_problem(std::string_view text, const NumberForm& form, std::string_view remedy,
                                         const TextSurroundings& where = {});

/// The flags with which this text, and as much of its column as possible, would be numbers: "--thousands ',', which
/// reads it as a number". Both ways and the two numbers where 1,234 is all that is known. Empty: none would help.
[[nodiscard]] std::string form_that_reads(std::string_view text, const NumberForm& form,
                                          const TextSurroundings& where = {});

/// Whether some flags make the text a number.
[[nodiscard]] bool is_number_in_some_form(std::string_view text);

/// How a text that no flags make a number differs from one.
struct AlmostNumber {
  enum class Mark { none, ahead, behind };
  std::string difference;  ///< "a number in brackets, expected ..."; empty: see `mark`
  Mark mark = Mark::none;  ///< where another text stands: '#5', '5 kg'
  std::string text;        ///< that text
  std::string pattern;     ///< the same with 0 for each number in it: "31.0 (30.0-32.0)" has " (0.0-0.0)" behind it

  /// Whether the text is a number in another dress.
  explicit operator bool() const { return !difference.empty() || mark != Mark::none; }
  [[nodiscard]] bool differs_as(const AlmostNumber& other) const {
    return difference == other.difference && mark == other.mark;
  }
  /// "a number with 'kg' behind it, expected the number alone"; `texts`: those that stand there in the column, one for
  /// each pattern.
  [[nodiscard]] std::string sentence(const std::map<std::string, std::string>& texts) const;
};
[[nodiscard]] AlmostNumber almost_number(std::string_view text);

}  // namespace millrace
