// SPDX-License-Identifier: Apache-2.0
#include "table/csv/number_form.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"
#include "table/csv/number.hpp"

namespace millrace {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_currency(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view rest = text.substr(negative ? 1 : 0);
  for (const std::string_view sign : {"$", "€", "£", "¥"}) {
    if (rest.starts_with(sign)) return negative ? text : trim(rest.substr(sign.size()));
    if (text.ends_with(sign)) return trim(text.substr(0, text.size() - sign.size()));
  }
  return text;
}

// Takes the marks out of the digits ahead of the decimal point, each of which must have three digits behind it and one at
// least before it. Nothing where one stands elsewhere.
std::optional<std::string> without_thousands(std::string_view text, char mark, char decimal) {
  const std::string_view whole = text.substr(0, std::min(text.find(decimal), text.size()));
  std::string result;
  std::size_t group = 0;  // digits since the last mark
  bool marked = false;
  for (const char c : whole) {
    if (c != mark) {
      group = is_digit(c) ? group + 1 : 0;
      result += c;
      continue;
    }
    if (group == 0 || (marked ? group != 3 : group > 3)) return std::nullopt;
    marked = true;
    group = 0;
  }
  if (marked && group != 3) return std::nullopt;
  return result + std::string(text.substr(whole.size()));
}

}  // namespace

std::optional<float> NumberForm::number(std::string_view text) const {
  text = trim(text);
  std::string plain_text;
  bool hundredths = false;
  if (currency) {
    // "-$5": the sign stays.
    if (text.starts_with("-") && without_currency(text.substr(1)).size() < text.size() - 1) {
      plain_text = "-" + std::string(without_currency(text.substr(1)));
      text = plain_text;
    } else {
      text = without_currency(text);
    }
  }
  if (percent && text.ends_with('%')) {
    hundredths = true;
    text = trim(text.substr(0, text.size() - 1));
  }
  if (thousands != 0 && text.find(thousands) != std::string_view::npos) {
    const auto joined = without_thousands(text, thousands, decimal);
    if (!joined) return std::nullopt;
    plain_text = *joined;
    text = plain_text;
  }
  if (decimal != '.') {
    if (text.find('.') != std::string_view::npos) return std::nullopt;
    plain_text = std::string(text);
    std::replace(plain_text.begin(), plain_text.end(), decimal, '.');
    text = plain_text;
  }
  if (hundredths) {
    if (text.find_first_of("eE") != std::string_view::npos) return std::nullopt;
    plain_text = std::string(text) + "e-2";
    text = plain_text;
  }
  const std::optional<float> value = cell_number(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::string form_that_reads(std::string_view text) {
  const std::array<std::pair<NumberForm, const char*>, 6> forms = {
      {{{.thousands = ','}, "thousands ','"},
       {{.percent = true}, "percent"},
       {{.currency = true}, "currency"},
       {{.thousands = ',', .currency = true}, "currency and thousands ','"},
       {{.decimal = ','}, "decimal ','"},
       {{.decimal = ',', .thousands = '.'}, "decimal ',' and thousands '.'"}}};
  for (const auto& [form, name] : forms) {
    if (form.number(text)) return name;
  }
  return "";
}

}  // namespace millrace
