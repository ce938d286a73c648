// SPDX-License-Identifier: Apache-2.0
//
// How a file writes its numbers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "millrace/data.hpp"

namespace millrace {

struct NumberForm {
  char decimal = '.';     ///< '.' or ','; without a mark between thousands, numbers such as 0.48 are read beside 0,48
  char thousands = 0;     ///< the mark between groups of three digits; 0: none
  bool percent = false;   ///< "12.5%" is 0.125
  bool currency = false;  ///< a sign or an abbreviation of currency may stand before or after a number

  /// Whether a plain number, "-1234.5", may mean something else.
  [[nodiscard]] bool plain() const { return decimal == '.' && thousands != '.'; }
  /// The number that the text spells; blanks around it do not count. Rounded to float once. May be NaN or infinite.
  [[nodiscard]] std::optional<float> any_number(std::string_view text) const;
  /// The same if it is finite.
  [[nodiscard]] std::optional<float> number(std::string_view text) const;
  /// The same before it is rounded to fp32.
  [[nodiscard]] std::optional<double> exact_number(std::string_view text) const;
};

/// The sign or the abbreviation of currency at the beginning of a text or at its end. Empty: there is none.
[[nodiscard]] std::string_view currency_of(std::string_view text);
/// The text without it, and without blanks beside it.
[[nodiscard]] std::string_view without_currency(std::string_view text);

/// Throws Error{usage} where the marks of the format contradict one another.
[[nodiscard]] NumberForm number_form(const TextFormat& format, std::string_view who);

}  // namespace millrace
