// SPDX-License-Identifier: Apache-2.0
#include "table/kinds/number_advice.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/excerpt.hpp"
#include "base/text.hpp"
#include "table/csv/missing.hpp"
#include "table/kinds/number.hpp"

namespace millrace {

namespace {

struct Marks {
  char decimal, thousands;
  std::string_view flags;
};
constexpr std::array<Marks, 8> marks = {{{'.', 0, ""},
                                         {'.', ',', " --thousands ','"},
                                         {',', 0, " --decimal ','"},
                                         {',', '.', " --decimal ',' --thousands ."},
                                         {'.', ' ', " --thousands ' '"},
                                         {',', ' ', " --decimal ',' --thousands ' '"},
                                         {'.', '\'', " --thousands \"'\""},
                                         {'.', '_', " --thousands _"}}};

// The fewest flags first.
constexpr std::array<std::pair<bool, bool>, 4> signs = {{{false, false}, {true, false}, {false, true}, {true, true}}};

NumberForm form_of(const Marks& mark, const std::pair<bool, bool>& sign) {
  return {mark.decimal, mark.thousands, sign.first, sign.second};
}

// A point among numbers with a decimal comma is read only to bear with it, and speaks for no form.
bool reads(const NumberForm& form, std::string_view text) {
  const bool bears_with_point = form.decimal == ',' && form.thousands == 0 && text.find('.') != std::string_view::npos;
  return !bears_with_point && form.number(text).has_value();
}

// The length of the sign, point or blank at the beginning; 0: there is none.
std::size_t mark_ahead(std::string_view text) {
  for (const std::string_view blank : unbroken_blanks)
    if (text.starts_with(blank)) return blank.size();
  return std::string_view("+-.,% \t\n\v\f\r").find(text[0]) == std::string_view::npos ? 0 : 1;
}

// Signs, blanks and currencies, as forms allow them ahead of a number and behind it.
bool may_surround_number(std::string_view text) {
  while (!text.empty()) {
    const std::size_t mark = mark_ahead(text);
    const std::string_view rest = mark > 0 ? text.substr(mark) : without_currency(text);
    if (rest.size() == text.size()) return false;
    text = rest;
  }
  return true;
}

// False where no form reads the text, which is so for nearly all names: trying the forms takes a hundred times as long.
bool may_be_number(std::string_view text) {
  constexpr std::string_view digits = "0123456789", within = "0123456789+-.,'_eE ";
  const auto may_be_within = [&](char c) {
    const auto has = [c](std::string_view characters) { return characters.find(c) != std::string_view::npos; };
    return has(within) || std::ranges::any_of(unbroken_blanks, has);
  };
  const std::size_t first = text.find_first_of(digits);
  if (first == std::string_view::npos) return false;
  const std::size_t behind = text.find_last_of(digits) + 1;
  return std::ranges::all_of(text.substr(first, behind - first), may_be_within) &&
         may_surround_number(text.substr(0, first)) && may_surround_number(text.substr(behind));
}

// A form that reads a text, and how many texts of its column.
struct Candidate {
  NumberForm form;
  std::string flags;
  std::int64_t texts;
};

std::vector<Candidate> forms_of(std::string_view text, std::span<const std::string_view> column) {
  std::vector<Candidate> found;
  if (!may_be_number(text)) return found;
  for (const auto& sign : signs) {
    for (const Marks& mark : marks) {
      const NumberForm form = form_of(mark, sign);
      if (!reads(form, text)) continue;
      const std::int64_t texts = std::ranges::count_if(column, [&](auto other) { return reads(form, other); });
      // Flags that are not needed win nothing.
      if (std::ranges::any_of(found, [&](const Candidate& other) {
            return other.texts >= texts && other.form.decimal == form.decimal && other.form.thousands == form.thousands;
          }))
        continue;
      const std::string flags =
          std::string(mark.flags) + (sign.first ? " --percent" : "") + (sign.second ? " --currency" : "");
      found.push_back({form, flags.empty() ? "" : flags.substr(1), texts});
    }
  }
  return found;
}

std::string reads_as(const Candidate& candidate, std::string_view text) {
  return candidate.flags + ", which reads it as " + number_text(*candidate.form.number(text));
}

// 1,234 in all of the column.
bool is_open(const Candidate& first, const Candidate& second) {
  return first.form.decimal == '.' && first.form.thousands == ',' && second.form.decimal == ',' &&
         second.form.thousands == 0 && first.texts == second.texts;
}

bool is_between(std::string_view text, std::string_view opening, std::string_view closing) {
  return text.size() > opening.size() + closing.size() && text.starts_with(opening) && text.ends_with(closing) &&
         is_number_in_some_form(text.substr(opening.size(), text.size() - opening.size() - closing.size()));
}

bool is_hexadecimal(std::string_view text) {
  text.remove_prefix(text.starts_with('-') ? 1 : 0);
  return text.size() > 2 && text[0] == '0' && lower_case(text[1]) == 'x' &&
         text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
}

// A way of writing numbers that no text around them explains. Empty: none.
std::string other_notation(std::string_view text) {
  if (is_between(text, "(", ")")) return "a number in brackets, expected a minus sign ahead of it";
  if (is_between(text, "=\"", "\"")) return "a number that Excel keeps as a text, expected the number alone";
  for (const auto& [opening, closing] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"'", "'"}, {"\"", "\""}, {"\xE2\x80\x98", "\xE2\x80\x99"}, {"\xE2\x80\x9C", "\xE2\x80\x9D"}}) {
    if (is_between(text, opening, closing)) return "a number in quotes, expected the number alone";
  }
  if (is_between(text, "'", "")) return "a number with an apostrophe ahead of it, expected the number alone";
  if (is_between(text, "", "-") && is_digit(text[text.size() - 2]))
    return "a number with its minus sign behind it, expected the sign ahead of it";
  for (const std::string_view dash : {"\xE2\x88\x92", "\xE2\x80\x93"}) {
    if (is_between(text, dash, "")) return "a number with a dash for its minus sign, expected -";
  }
  if (const std::size_t at = text.find_first_of("dD"); at != std::string_view::npos && at > 0) {
    if (is_number_in_some_form(std::string(text.substr(0, at)) + "E" + std::string(text.substr(at + 1))))
      return "a number with D ahead of its exponent, expected E";
  }
  if (is_hexadecimal(text)) return "a hexadecimal number, expected a decimal one";
  const std::optional<float> beyond = NumberForm{}.any_number(text);
  if (beyond && std::isinf(*beyond) && text.find_first_of("0123456789") != std::string_view::npos)
    return "a number that fp32 cannot hold, expected one of at most 3.4e38";
  return "";
}

// With 0 in the place of each row of digits.
std::string without_digits(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (!is_digit(c))
      result += c;
    else if (result.empty() || result.back() != '0')
      result += '0';
  }
  return result;
}

AlmostNumber with_mark(AlmostNumber::Mark mark, std::string_view text) {
  return {.mark = mark, .text = std::string(text), .pattern = without_digits(text)};
}

}  // namespace

std::string AlmostNumber::sentence(const std::map<std::string, std::string>& texts) const {
  if (mark == Mark::none) return difference;
  const bool ahead = mark == Mark::ahead;
  if (texts.size() == 1)
    return "a number with " + excerpt(text) + (ahead ? " ahead of it" : " behind it") + ", expected the number alone";
  constexpr std::size_t most = 3;
  std::string listed;
  std::size_t count = 0;
  for (const auto& [unused, other] : texts) {
    if (++count > most) break;
    listed += (count == 1 ? "" : count == texts.size() ? " or " : ", ") + excerpt(other);
  }
  return "the numbers have " + listed + (texts.size() > most ? " or another text" : "") +
         (ahead ? " ahead of them" : " behind them") + ", expected the numbers alone, all in one unit";
}

bool is_number_in_some_form(std::string_view text) {
  if (!may_be_number(text)) return false;
  return std::ranges::any_of(signs, [&](const auto& sign) {
    return std::ranges::any_of(marks, [&](const Marks& mark) { return form_of(mark, sign).number(text).has_value(); });
  });
}

std::string form_that_reads(std::string_view text, const NumberForm& form, const TextSurroundings& where) {
  if (form.decimal != '.' && NumberForm{}.number(text)) {
    const NumberForm grouped{form.decimal, '.', form.percent, form.currency};
    const bool may_be_grouped = form.thousands == 0 && std::ranges::all_of(where.column, [&](auto other) {
                                  return grouped.number(other) || !form.number(other);
                                });
    const std::optional<float> thousands = may_be_grouped ? grouped.number(text) : std::nullopt;
    return (thousands ? "--thousands . too, which reads it as " + number_text(*thousands) + ", or " : std::string()) +
           "no --decimal ',', which reads it as " + number_text(*NumberForm{}.number(text));
  }
  std::vector<Candidate> candidates = forms_of(text, where.column);
  if (candidates.empty()) return "";
  const auto best = std::ranges::max_element(candidates, {}, &Candidate::texts);
  if (best->flags.empty()) return "";
  const auto other = std::ranges::find_if(candidates, [&](const Candidate& each) { return is_open(*best, each); });
  if (other != candidates.end() && where.delimiter != ';')
    return reads_as(*best, text) + ", or " + reads_as(*other, text);
  return (other == candidates.end() ? best : other)->flags + ", which reads it as a number";
}

std::string number_problem(std::string_view text, const NumberForm& form, std::string_view remedy,
                           const TextSurroundings& where) {
  if (says_missing(text)) {
    const std::string written = trim(text).empty() ? "missing value" : "missing value, written " + excerpt(text);
    return written + ", expected a number: fill it in, remove its row or leave the column out";
  }
  if (form.any_number(text)) return excerpt(text) + " is not a finite fp32 number, expected one of at most 3.4e38";
  const std::string flags = form_that_reads(text, form, where);
  if (!flags.empty()) return excerpt(text) + " is not a number, expected numbers without marks, or " + flags;
  return excerpt(text) + " is not a number, expected numbers: " + std::string(remedy);
}

AlmostNumber almost_number(std::string_view text) {
  text = trim(text);
  if (text.empty()) return {};
  if (std::string notation = other_notation(text); !notation.empty()) return {.difference = std::move(notation)};
  const auto in_number = [](char c) {
    return is_digit(c) || std::string_view("+-.,'").find(c) != std::string_view::npos;
  };
  std::size_t end = std::ranges::find_if_not(text, in_number) - text.begin();
  while (end > 0 && !is_digit(text[end - 1])) --end;  // 10,000+ and 100.--
  if (end > 0 && end < text.size() && is_number_in_some_form(text.substr(0, end)))
    return with_mark(AlmostNumber::Mark::behind, trim(text.substr(end)));
  const std::string_view amount = without_currency(text);  // $8.8M
  if (amount.size() < text.size()) return almost_number(amount);
  const std::size_t first = std::ranges::find_if(text, is_digit) - text.begin();
  for (const std::size_t start : {first - 1, first}) {  // with a sign or a point, or without
    if (first == text.size() || start == 0 || start > first || !is_number_in_some_form(text.substr(start))) continue;
    if (start < first && std::string_view("+-.").find(text[start]) == std::string_view::npos) continue;
    return with_mark(AlmostNumber::Mark::ahead, trim(text.substr(0, start)));
  }
  return {};
}

}  // namespace millrace
