// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/settings.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/option_text.hpp"
#include "base/text.hpp"
#include "cli/settings/command.hpp"
#include "table/csv/scan.hpp"

namespace millrace::cli {

namespace {

std::string shown(const Setting& setting) {
  if (setting.list) return "an array";
  const std::string text = option_text(setting.value);
  const bool quoted = std::holds_alternative<std::string>(setting.value) && !parse_number(text);
  return quoted ? "'" + text + "'" : text;
}

// What `read` makes of the value; nothing of an array.
template <class Value>
std::optional<Value> value_of(const Setting& setting, std::optional<Value> (*read)(const OptionValue& given)) {
  return setting.list ? std::nullopt : read(setting.value);
}

// The cells of a line of CSV: the first of "a,b",c is a,b. Empty if the quotes are wrong.
std::optional<std::vector<std::string>> list_of(std::string_view text) {
  std::vector<std::string> parts;
  const CsvSyntax syntax{text.data() + text.size(), ','};
  for (const char* at = text.data(); !text.empty(); ++at) {
    const CsvCell cell = scan_cell(syntax, at);
    if (cell.flaw != CsvFlaw::none) return std::nullopt;
    parts.push_back(cell_text(cell));
    if (at == syntax.end) break;
    if (*at != ',') return std::nullopt;
  }
  return parts;
}

}  // namespace

void Setting::refuse(const std::string& expected) const {
  fail(ErrorKind::usage, who,
       (place.empty() ? "" : place + ": ") + name + " is " + shown(*this) + ", expected " + expected);
}

void Setting::fail_with(const std::string& text) const {
  fail(ErrorKind::usage, who, (place.empty() ? "" : place + ": ") + name + ": " + text);
}

const Setting* Settings::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

std::map<std::string, const Setting*> Settings::options_of(std::string_view op) const {
  std::map<std::string, const Setting*> options;
  const std::string prefix = std::string(op) + ".";
  for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix); ++at) {
    options.emplace(at->first.substr(prefix.size()), &at->second);
  }
  return options;
}

Settings Settings::over(const Settings& file, const Command& command) const {
  Settings merged = file;
  merged.who = who;
  merged.argument = argument;
  merged.arguments = arguments;
  merged.command_line = command_line;
  for (const Flag& flag : command.flags) {
    const std::string& name = flag.name;
    if (flag.operations.empty() || !has(name) || !file.has(name)) continue;
    const auto* const mine = std::get_if<std::string>(&find(name)->value);
    const auto* const files = std::get_if<std::string>(&file.find(name)->value);
    if (mine == nullptr || files == nullptr || *mine == *files) continue;
    // A key of its own, such as learning-rate, belongs to any operation.
    for (const auto& [option, setting] : file.options_of(name)) {
      if (setting->name.starts_with(name + ".")) merged.values_.erase(name + "." + option);
    }
  }
  for (const auto& [key, setting] : values_) merged.set(key, setting);
  return merged;
}

std::string Settings::text(std::string_view key, const std::string& fallback) const {
  const Setting* const setting = find(key);
  if (setting == nullptr) return fallback;
  const auto* const text = std::get_if<std::string>(&setting->value);
  if (setting->list || text == nullptr) setting->refuse("text");
  return *text;
}

std::string Settings::required_text(std::string_view key, const std::string& expected) const {
  const Setting* const setting = find(key);
  if (setting == nullptr) fail(ErrorKind::usage, who, "no --" + std::string(key) + ", expected " + expected);
  std::string value = text(key);
  if (value.empty()) setting->refuse(expected);
  return value;
}

std::int64_t Settings::integer(std::string_view key, std::int64_t fallback, std::int64_t least,
                               std::int64_t most) const {
  const Setting* const setting = find(key);
  if (setting == nullptr) return fallback;
  const auto value = value_of(*setting, as_whole<std::int64_t>);
  if (!value || *value < least || *value > most) {
    // The largest 64-bit number is of interest only to those who exceed it.
    const bool bounded = most != std::numeric_limits<std::int64_t>::max() || value_of(*setting, as_number) > 1e15;
    setting->refuse("a whole number " + (bounded ? "from " + std::to_string(least) + " to " + std::to_string(most)
                                                 : "of " + std::to_string(least) + " or more"));
  }
  return *value;
}

std::uint64_t Settings::seed(std::string_view key) const {
  const Setting* const setting = find(key);
  if (setting == nullptr) return 0;
  const auto value = value_of(*setting, as_whole<std::uint64_t>);
  if (!value) setting->refuse("a whole number from 0 to " + std::to_string(std::numeric_limits<std::uint64_t>::max()));
  return *value;
}

double Settings::fraction(std::string_view key, double fallback) const {
  const Setting* const setting = find(key);
  if (setting == nullptr) return fallback;
  const std::optional<double> value = value_of(*setting, as_number);
  if (!value || !(*value >= 0 && *value < 1)) setting->refuse("a number of 0 or more and below 1");
  return *value;
}

double Settings::number(std::string_view key, double fallback) const {
  const Setting* const setting = find(key);
  if (setting == nullptr) return fallback;
  const std::optional<double> value = value_of(*setting, as_number);
  if (!value || !std::isfinite(*value)) setting->refuse(value ? "a finite number" : "a number");
  return *value;
}

bool Settings::boolean(std::string_view key, bool fallback) const {
  const Setting* const setting = find(key);
  if (setting == nullptr) return fallback;
  const std::optional<bool> value = value_of(*setting, as_bool);
  if (!value) setting->refuse("true or false");
  return *value;
}

std::vector<std::string> Settings::names(std::string_view key) const {
  const Setting* const setting = find(key);
  if (setting == nullptr) return {};
  std::vector<std::string> names;
  if (setting->list) {
    for (const Entry& entry : *setting->list) {
      if (!entry.op.options.empty()) setting->refuse("an array of texts");
      names.push_back(entry.op.op);
    }
  } else {
    const std::optional<std::vector<std::string>> parts = list_of(text(key));
    if (!parts) setting->refuse("names between the commas, one with a comma in quotes: \"a,b\",c");
    names = *parts;
  }
  if (std::find(names.begin(), names.end(), "") != names.end()) setting->refuse("names between the commas");
  return names;
}

std::size_t Settings::choice(std::string_view key, std::span<const std::string_view> known) const {
  const Setting* const setting = find(key);
  if (setting == nullptr) return 0;
  const std::string value = text(key);
  if (const auto place = value_of_word<std::size_t>(known, value)) return *place;
  setting->fail_with(unknown_name("value", value, {known.begin(), known.end()}));
}

std::string Settings::word(std::string_view key, std::span<const std::string_view> known) const {
  return std::string(known[choice(key, known)]);
}

int Settings::threads() const {
  const Setting* const setting = find("threads");
  if (setting == nullptr) return 0;
  const auto* const text = std::get_if<std::string>(&setting->value);
  if (text != nullptr && *text == "auto") return 0;
  const auto value = value_of(*setting, as_whole<std::int64_t>);
  if (!value || *value < 1 || *value > 1024) setting->refuse("auto or a whole number from 1 to 1024");
  return static_cast<int>(*value);
}

}  // namespace millrace::cli
