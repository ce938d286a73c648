// SPDX-License-Identifier: Apache-2.0
#include "millrace/config.hpp"

#include <charconv>
#include <cmath>
#include <optional>

#include "base/names.hpp"
#include "base/option_text.hpp"
#include "base/text.hpp"
#include "millrace/error.hpp"

namespace millrace::detail {

namespace {

std::string shown(const OptionValue& value) {
  return std::holds_alternative<std::string>(value) ? "'" + value_text(value) + "'" : value_text(value);
}

constexpr double largest_whole = 9e15;  // above 2^53 a double stands for several whole numbers

const char* range_text(Range range) {
  switch (range) {
    case Range::any:
      return "a finite number";
    case Range::positive:
      return "a number above 0";
    case Range::not_negative:
      return "a number of 0 or more";
    case Range::fraction:
      return "a number of 0 or more and below 1";
    case Range::probability:
      return "a number from 0 to 1";
    case Range::by_name:
      return "the name of an operation";
  }
  return "";
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
    case Range::by_name:
      return false;
  }
  return false;
}

std::optional<double> as_double(const OptionValue& given) {
  if (const auto* d = std::get_if<double>(&given)) return *d;
  if (const auto* i = std::get_if<std::int64_t>(&given)) return static_cast<double>(*i);
  if (const auto* s = std::get_if<std::string>(&given)) return parse_number(*s);
  return std::nullopt;
}

std::optional<std::int64_t> as_integer(const OptionValue& given) {
  if (const auto* i = std::get_if<std::int64_t>(&given)) return *i;
  const std::optional<double> number = as_double(given);
  if (number && *number == std::floor(*number) && std::abs(*number) <= largest_whole)
    return static_cast<std::int64_t>(*number);
  return std::nullopt;
}

std::optional<bool> as_bool(const OptionValue& given) {
  if (const auto* b = std::get_if<bool>(&given)) return *b;
  if (const auto* s = std::get_if<std::string>(&given)) {
    if (*s == "true" || *s == "1" || *s == "yes") return true;
    if (*s == "false" || *s == "0" || *s == "no") return false;
  }
  return std::nullopt;
}

}  // namespace

void unknown_option(std::string_view op, std::string_view name, const std::vector<std::string_view>& known) {
  fail(ErrorKind::usage, op, unknown_name("option", name, known));
}

void assign_option(std::string_view op, std::string_view name, Range range, const OptionValue& given,
                   OptionValue& slot) {
  const auto refuse = [&](std::string_view expected) {
    fail(ErrorKind::usage, op, std::string(name) + " is " + shown(given) + ", expected " + std::string(expected));
  };
  if (std::holds_alternative<bool>(slot)) {
    const std::optional<bool> value = as_bool(given);
    if (!value) refuse("true or false");
    slot = *value;
  } else if (std::holds_alternative<std::int64_t>(slot)) {
    const std::optional<std::int64_t> value = as_integer(given);
    if (!value)
      refuse(as_double(given) > largest_whole ? "a whole number of at most 9000000000000000" : "a whole number");
    if (!in_range(static_cast<double>(*value), range)) refuse(range_text(range));
    slot = *value;
  } else if (std::holds_alternative<double>(slot)) {
    const std::optional<double> value = as_double(given);
    if (value && std::isinf(*value) && range != Range::any)
      refuse("a finite" + std::string(range_text(range)).substr(1));  // "a number above 0"
    if (!value || !in_range(*value, range)) refuse(range_text(range));
    slot = *value;
  } else {
    slot = value_text(given);
  }
}

}  // namespace millrace::detail
