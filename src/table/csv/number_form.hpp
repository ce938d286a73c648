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
  char decimal = '.';     ///< '.' or ','
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

/// What is wrong with a cell that had to be a finite number of this form and is none: "'abc' is not a number, expected
/// ...".
[[nodiscard]] std::string number_problem(
    std::string_view text, const NumberForm& form,
    std::string_view remedy = "leave the column out or encode its text as numbers");

/// Throws Error{usage} where the marks of the format contradict one another.
[[nodiscard]] NumberForm number_form(const TextFormat& format, std::string_view who);

/// How a text that no flags make a number differs from one: "a number with 'kg' behind it, expected the number alone".
/// Empty: it is no number in another dress.
[[nodiscard]] std::string almost_number(std::string_view text);

/// The flags with which this text would be a number: "--thousands ','", say. Empty: none would help.
[[nodiscard]] std::string form_that_reads(std::string_view text);

}  // namespace millrace
