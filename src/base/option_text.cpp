// SPDX-License-Identifier: Apache-2.0
#include "base/option_text.hpp"

#include <charconv>
#include <cmath>
#include <type_traits>
#include <utility>

#include "base/text.hpp"

namespace millrace {

namespace {

struct AsText {
  std::string operator()(std::monostate) const { return "none"; }
  std::string operator()(bool yes) const { return yes ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return number_text(number); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const std::vector<std::int64_t>& extents) const { return joined(extents, 'x'); }
  std::string operator()(const std::vector<double>& numbers) const { return joined(numbers, ','); }

 private:
  template <class T>
  std::string joined(const std::vector<T>& values, char separator) const {
    std::string text;
    for (const T value : values) text += (text.empty() ? "" : std::string(1, separator)) + (*this)(value);
    return text;
  }
};

}  // namespace

std::string value_text(const OptionValue& value) { return std::visit(AsText{}, value); }

std::optional<double> as_number(const OptionValue& given) {
  if (const auto* number = std::get_if<double>(&given)) return *number;
  if (const auto* whole = std::get_if<std::int64_t>(&given)) return static_cast<double>(*whole);
  if (const auto* text = std::get_if<std::string>(&given)) return parse_number(*text);
  return std::nullopt;
}

template <class Integer>
std::optional<Integer> as_whole(const OptionValue& given) {
  if (const auto* whole = std::get_if<std::int64_t>(&given))
    return std::in_range<Integer>(*whole) ? std::optional(static_cast<Integer>(*whole)) : std::nullopt;
  if (const auto* text = std::get_if<std::string>(&given)) {
    const std::string_view digits = trim(*text);
    Integer value = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (code == std::errc() && end == digits.data() + digits.size()) return value;
  }
  const std::optional<double> number = as_number(given);
  constexpr double least = std::is_signed_v<Integer> ? -largest_whole : 0;
  if (number && *number >= least && *number <= largest_whole && *number == std::floor(*number))
    return static_cast<Integer>(*number);
  return std::nullopt;
}
template std::optional<std::int64_t> as_whole(const OptionValue& given);
template std::optional<std::uint64_t> as_whole(const OptionValue& given);

std::optional<bool> as_bool(const OptionValue& given) {
  if (const auto* yes = std::get_if<bool>(&given)) return *yes;
  if (const auto* text = std::get_if<std::string>(&given)) {
    const std::string_view word = trim(*text);
    if (word == "true" || word == "yes" || word == "1") return true;
    if (word == "false" || word == "no" || word == "0") return false;
  }
  return std::nullopt;
}

}  // namespace millrace
