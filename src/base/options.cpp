// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/option_text.hpp"
#include "base/text.hpp"
#include "millrace/config.hpp"

namespace millrace::detail {

namespace {

constexpr std::int64_t largest_extent = 1'000'000;

std::string quoted(const OptionValue& value) {
  return std::holds_alternative<std::string>(value) ? "'" + value_text(value) + "'" : value_text(value);
}

[[noreturn]] void refuse(const OptionSite& site, const OptionValue& given, std::string_view expected) {
  fail(ErrorKind::usage, site.op,
       std::string(site.name) + " is " + quoted(given) + ", expected " + std::string(expected) +
           (site.optional ? ", or none" : ""));
}

// What a number of this range is called, after "a " or "a finite ".
std::string range_text(Range range) {
  switch (range) {
    case Range::any:
      return "number";
    case Range::positive:
      return "number above 0";
    case Range::not_negative:
      return "number of 0 or more";
    case Range::fraction:
      return "number of 0 or more and below 1";
    case Range::probability:
      return "number from 0 to 1";
    case Range::names_activation:
    case Range::names_initializer:
    case Range::names_scaler:
      break;
  }
  return "name";
}

bool in_range(double value, Range range) {
  if (!std::isfinite(value)) return false;
  switch (range) {
    case Range::any:
      return true;
    case Range::positive:
      return value > 0;
    case Range::not_negative:
      return value >= 0;
    case Range::fraction:
      return value >= 0 && value < 1;
    case Range::probability:
      return value >= 0 && value <= 1;
    case Range::names_activation:
    case Range::names_initializer:
    case Range::names_scaler:
      break;
  }
  return false;
}

// A list, one number, or text with commas or, between whole numbers, an x: "3x5". Nothing where a part is no number.
std::optional<std::vector<double>> as_list(const OptionValue& given, bool by_x) {
  if (const auto* list = std::get_if<std::vector<double>>(&given)) return *list;
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&given))
    return std::vector<double>(list->begin(), list->end());
  const auto* const text = std::get_if<std::string>(&given);
  if (text == nullptr) {
    if (const std::optional<double> number = as_number(given)) return std::vector{*number};
    return std::nullopt;
  }
  std::vector<double> numbers;
  const char separator = by_x && text->find(',') == std::string::npos ? 'x' : ',';
  for (const std::string& part : split_text(*text, separator)) {
    const std::optional<double> number = parse_number(part);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<std::vector<std::int64_t>> as_whole_list(const OptionValue& given) {
  const auto numbers = as_list(given, true);
  if (!numbers) return std::nullopt;
  std::vector<std::int64_t> list;
  for (const double number : *numbers) {
    const std::optional<std::int64_t> value = as_whole<std::int64_t>(number);
    if (!value || *value < 1) return std::nullopt;
    list.push_back(*value);
  }
  return list;
}

}  // namespace

void unknown_option(std::string_view op, std::string_view name, const std::vector<std::string_view>& known) {
  fail(ErrorKind::usage, op, unknown_name("option", name, known));
}

void read_option(const OptionSite& site, const OptionValue& given, bool& member) {
  const std::optional<bool> value = as_bool(given);
  if (!value) refuse(site, given, "true or false");
  member = *value;
}

void read_option(const OptionSite& site, const OptionValue& given, std::int64_t& member) {
  const std::optional<std::int64_t> value = as_whole<std::int64_t>(given);
  if (!value)
    refuse(site, given,
           as_number(given) > largest_whole ? "a whole number of at most 9000000000000000" : "a whole number");
  if (!in_range(static_cast<double>(*value), site.range)) refuse(site, given, "a " + range_text(site.range));
  member = *value;
}

void read_option(const OptionSite& site, const OptionValue& given, double& member) {
  const std::optional<double> value = as_number(given);
  const bool lacks_finite = site.range == Range::any || (value && std::isinf(*value));
  if (!value || !in_range(*value, site.range))
    refuse(site, given, (lacks_finite ? "a finite " : "a ") + range_text(site.range));
  member = *value;
}

void read_option(const OptionSite&, const OptionValue& given, std::string& member) { member = value_text(given); }

void read_option(const OptionSite& site, const OptionValue& given, std::vector<std::int64_t>& member) {
  const auto list = as_whole_list(given);
  if (!list) refuse(site, given, "positive whole numbers joined by x, as in 28x28x1");
  member = *list;
}

void read_option(const OptionSite& site, const OptionValue& given, Extents& member) {
  const auto list = as_whole_list(given);
  const bool good = list && (list->size() == 1 || list->size() == 2) && list->front() <= largest_extent &&
                    list->back() <= largest_extent;
  if (!good) refuse(site, given, "a positive whole number, or two joined by x, as in 3x5");
  member = {list->front(), list->back()};
}

void read_option(const OptionSite& site, const OptionValue& given, std::vector<double>& member) {
  const auto list = as_list(given, false);
  bool good = list.has_value();
  if (good)
    for (const double number : *list) good = good && in_range(number, site.range);
  if (!good) refuse(site, given, "numbers" + range_text(site.range).substr(6) + " with commas between them");
  member = *list;
}

bool is_none(const OptionValue& given, Range range) {
  if (std::holds_alternative<std::monostate>(given)) return true;
  if (const auto* text = std::get_if<std::string>(&given); text != nullptr && (text->empty() || *text == "none"))
    return true;
  const std::optional<double> number = as_number(given);
  return (range == Range::positive && number == 0.0) || (range == Range::not_negative && number == -1.0);
}

}  // namespace millrace::detail
