// SPDX-License-Identifier: Apache-2.0
#include "table/kinds/number_form.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/text.hpp"
#include "table/kinds/number.hpp"

namespace millrace {

namespace {

// Signs and usual abbreviations, those that end with another one first; those of Unicode's block of currency signs
// (₹ ₩ ₺ ...) besides.
constexpr std::array<std::string_view, 27> money = {"US$", "AU$", "CA$", "A$",  "C$",  "R$",  "$",   "€",   "£",
                                                    "¥",   "kr",  "zł",  "Fr.", "Rs.", "Rs",  "EUR", "USD", "GBP",
                                                    "CHF", "JPY", "CNY", "INR", "AUD", "CAD", "BRL", "MXN", "PLN"};

bool is_currency_sign(std::string_view text) {
  return text.size() == 3 && text.starts_with("\xE2\x82") && static_cast<unsigned char>(text[2]) >= 0xA0;
}

// Takes the marks out of the digits ahead of the decimal point. The last group has three digits and the first one at
// least, and does not begin with 0; those between have three, or in India two: 12,34,567. Nothing where a mark stands
// elsewhere.
std::optional<std::string> without_thousands(std::string_view text, char mark, char decimal) {
  const std::string_view whole = text.substr(0, std::min(text.find(decimal), text.size()));
  std::string result;
  std::size_t group = 0;                 // digits since the last mark
  std::size_t leading = 0, between = 0;  // digits ahead of the first mark, and of each group between marks; 0: none yet
  bool marked = false;
  for (const char c : whole) {
    if (c != mark) {
      group = is_digit(c) ? group + 1 : 0;
      result += c;
      continue;
    }
    if (group == 0 || group > 3) return std::nullopt;
    if (!marked && result[result.size() - group] == '0') return std::nullopt;  // 0,669 is less than one
    if (marked) {
      const bool fits = group == 3 || (group == 2 && leading < 3 && mark == ',');
      if (!fits || (between != 0 && group != between)) return std::nullopt;
      between = group;
    } else {
      leading = group;
    }
    marked = true;
    group = 0;
  }
  if (marked && group != 3) return std::nullopt;
  return result + std::string(text.substr(whole.size()));
}

// With a plain blank for each unbroken one.
std::string with_plain_blanks(std::string_view text) {
  std::string plain(text);
  for (const std::string_view blank : unbroken_blanks) {
    for (std::size_t at = plain.find(blank); at != std::string::npos; at = plain.find(blank, at))
      plain.replace(at, blank.size(), " ");
  }
  return plain;
}

// Whether the point of a number among numbers with a decimal comma can only be a decimal point: -0.48, 12.5. That of
// 1.234 may stand between thousands.
bool has_clear_point(std::string_view text) {
  if (text.find(',') != std::string_view::npos || std::ranges::count(text, '.') != 1) return false;
  text.remove_prefix(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  const std::size_t point = text.find('.');
  const bool may_be_thousands = point >= 1 && point <= 3 && text[0] != '0' && text.size() == point + 4 &&
                                std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
  return !may_be_thousands;
}

// The number as a program would write it, "-1234.5e-2". Nothing where a mark stands in a wrong place.
std::optional<std::string> plain_text(const NumberForm& form, std::string_view text) {
  std::string sign;
  std::string spaced;
  if (form.thousands == ' ' || form.currency) {
    spaced = with_plain_blanks(text);
    text = spaced;
  }
  if (form.currency) {
    // "-$5": the sign stays.
    const bool negative = text.starts_with('-') && without_currency(text.substr(1)).size() + 1 < text.size();
    if (negative) sign = "-";
    text = without_currency(text.substr(negative ? 1 : 0));
  }
  std::string_view end;
  if (form.percent && text.ends_with('%')) {
    text = trim(text.substr(0, text.size() - 1));
    end = "e-2";
    if (text.find_first_of("eE") != std::string_view::npos) return std::nullopt;
  }
  std::string plain(text);
  if (form.thousands != 0 && text.find(form.thousands) != std::string_view::npos) {
    auto joined = without_thousands(text, form.thousands, form.decimal);
    if (!joined) return std::nullopt;
    plain = std::move(*joined);
  }
  if (form.decimal != '.') {
    const bool has_point = plain.find('.') != std::string::npos;
    if (has_point && (form.thousands != 0 || !has_clear_point(plain))) return std::nullopt;
    std::replace(plain.begin(), plain.end(), form.decimal, '.');
  }
  return sign + plain.append(end);
}

bool is_usual(const NumberForm& form) {
  return form.decimal == '.' && form.thousands == 0 && !form.percent && !form.currency;
}

}  // namespace

std::string_view currency_of(std::string_view text) {
  for (const std::string_view sign : money) {
    if (text.starts_with(sign)) return text.substr(0, sign.size());
    if (text.ends_with(sign)) return text.substr(text.size() - sign.size());
  }
  if (text.size() < 3) return "";
  if (is_currency_sign(text.substr(0, 3))) return text.substr(0, 3);
  return is_currency_sign(text.substr(text.size() - 3)) ? text.substr(text.size() - 3) : "";
}

std::string_view without_currency(std::string_view text) {
  const std::string_view sign = currency_of(text);
  if (sign.empty()) return text;
  return trim(text.starts_with(sign) ? text.substr(sign.size()) : text.substr(0, text.size() - sign.size()));
}

std::optional<float> NumberForm::any_number(std::string_view text) const {
  if (is_usual(*this)) return cell_number(text);
  const std::optional<std::string> plain = plain_text(*this, trim(text));
  return plain ? cell_number(*plain) : std::nullopt;
}

std::optional<float> NumberForm::number(std::string_view text) const {
  const std::optional<float> value = any_number(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<double> NumberForm::exact_number(std::string_view text) const {
  if (is_usual(*this)) return parse_number(text);
  const std::optional<std::string> plain = plain_text(*this, trim(text));
  return plain ? parse_number(*plain) : std::nullopt;
}

NumberForm number_form(const TextFormat& format, std::string_view who) {
  const char decimal = format.decimal, thousands = format.thousands;
  const bool sound = (decimal == '.' || decimal == ',') && thousands != decimal &&
                     std::string_view("-+\"%\n\r").find(thousands) == std::string_view::npos && !is_digit(thousands);
  if (!sound) {
    fail(ErrorKind::usage, who,
         "the decimal point is " + excerpt({&decimal, 1}) + " and the mark between thousands " +
             (thousands == 0 ? "none" : excerpt({&thousands, 1})) +
             ", expected a point or a comma, and a mark that differs from it and is no digit or sign");
  }
  return {decimal, thousands, format.percent, format.currency};
}

}  // namespace millrace
