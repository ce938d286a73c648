// SPDX-License-Identifier: Apache-2.0
//
// How a file writes its numbers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

struct NumberForm {
  char decimal = '.';     ///< '.' or ','
  char thousands = 0;     ///< the mark between groups of three digits; 0: none
  bool percent = false;   ///< "12.5%" is 0.125
  bool currency = false;  ///< one of $ € £ ¥ may stand before or after a number

  /// Whether a plain number, "-1234.5", may mean something else.
  [[nodiscard]] bool plain() const { return decimal == '.' && thousands != '.'; }
  /// The finite number that the text spells; blanks around it do not count. Rounded to float once.
  [[nodiscard]] std::optional<float> number(std::string_view text) const;
};

/// What would have to be true of the form for this text to be a number: "thousands = ','", say. Empty: nothing would help.
[[nodiscard]] std::string form_that_reads(std::string_view text);

}  // namespace millrace
