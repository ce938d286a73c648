// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/flag_rules.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/option_text.hpp"
#include "base/text.hpp"
#include "cli/settings/help.hpp"

namespace millrace::cli {

namespace {

// "out=-" in two parts; without values any value counts.
struct Pattern {
  explicit Pattern(std::string_view text) : name(text.substr(0, text.find('='))) {
    if (name.size() < text.size()) values = split_text(text.substr(name.size() + 1), '|');
  }
  std::string name;
  std::vector<std::string> values;
};

// The setting that fits the pattern, or null. A switch that is set to false is not given.
const Setting* find_given(const Settings& settings, const Command& command, const Pattern& pattern) {
  const Setting* const setting = settings.find(pattern.name);
  if (setting == nullptr) return nullptr;
  const std::string value = setting->list ? "" : value_text(setting->value);
  if (!pattern.values.empty()) return contains(pattern.values, value) ? setting : nullptr;
  const Flag* const flag = command.find_flag(pattern.name);
  const bool off = flag != nullptr && flag->value.empty() && value == "false";
  return off ? nullptr : setting;
}

// As the user wrote it: --out -, --resume; in a configuration file: out = "-".
std::string written(const Setting& setting, const Pattern& pattern) {
  if (pattern.values.empty()) return setting.name;
  const std::string value = value_text(setting.value);
  return setting.name + (setting.place.empty() ? " " + value : " = \"" + value + "\"");
}

[[noreturn]] void refuse(const Setting& at, const std::string& text) {
  fail(ErrorKind::usage, at.who, (at.place.empty() ? "" : at.place + ": ") + text);
}

// "--int8 or --fp16"
std::string to_type(const std::vector<std::string>& others, const Command& command) {
  std::string text;
  for (const std::string& other : others) {
    const Flag* const flag = command.find_flag(other);
    text += (text.empty() ? "" : " or ") + (flag != nullptr ? flag_text(*flag) : "--" + other);
  }
  return text;
}

}  // namespace

void check_flag_rules(const Settings& settings, const Command& command) {
  for (const FlagRule& rule : command.rules) {
    const Pattern pattern(rule.flag);
    const Setting* const given = find_given(settings, command, pattern);
    if (given == nullptr) continue;
    const std::vector<std::string> others = split_text(rule.others, ',');
    bool found = false;
    for (const std::string& text : others) {
      const Pattern other(text);
      const Setting* const also = find_given(settings, command, other);
      found = found || also != nullptr;
      if (also == nullptr || rule.relation == FlagRule::Relation::needs) continue;
      refuse(given->place.empty() ? *also : *given, written(*given, pattern) + " and " + written(*also, other) + " " +
                                                        std::string(rule.reason) + ", expected one of them");
    }
    if (!found && rule.relation == FlagRule::Relation::needs)
      refuse(*given, written(*given, pattern) + " " + std::string(rule.reason) + ", expected " +
                         to_type(others, command) + " too");
  }
}

}  // namespace millrace::cli
