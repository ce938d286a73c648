// SPDX-License-Identifier: Apache-2.0
#include "ops/op_text.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "base/option_text.hpp"
#include "base/text.hpp"
#include "ops/activations/activation.hpp"
#include "ops/initializers/initializer.hpp"

namespace millrace {

OptionValue OptionInfo::converted(std::string_view op, const OptionValue& given) const {
  const OptionValue value = read({op, name, range}, given);
  if (range == Range::names_activation) return make_activation(std::get<std::string>(value), semantics)->text();
  if (range == Range::names_initializer) return initializer_text(std::get<std::string>(value));
  return value;
}

OpConfig parse_op(std::string_view text, const std::function<std::vector<OptionInfo>(std::string_view)>& options_of) {
  std::vector<std::string> parts = split_text(text, ':');
  for (std::string& part : parts) part = trim(part);
  if (parts.empty() || parts[0].empty())
    fail(ErrorKind::usage, "options", "an empty operation, expected name[:value][:key=value]");
  OpConfig config(parts[0]);
  const std::vector<OptionInfo> options = options_of(config.op);
  std::size_t position = 0;
  // The last value, if it names an operation. Later values without a key, and keys that `config` does not have, belong
  // to that operation.
  std::string* named = nullptr;
  const auto declared = [&](std::string_view name) {
    return std::find_if(options.begin(), options.end(), [&](const OptionInfo& option) { return option.name == name; });
  };
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    const auto equals = part.find('=');
    std::string key(trim(part.substr(0, equals)));
    std::string value(trim(part.substr(equals == std::string_view::npos ? 0 : equals + 1)));
    if (named != nullptr && (equals == std::string_view::npos || declared(key) == options.end())) {
      *named += ":" + parts[i];
      continue;
    }
    if (equals == std::string_view::npos) {
      if (position == options.size()) {
        fail(ErrorKind::usage, config.op,
             "'" + parts[i] + "' is one value too many, expected at most " + std::to_string(options.size()));
      }
      key = options[position++].name;
    }
    const auto [at, added] = config.options.emplace(key, value);
    if (!added)
      fail(ErrorKind::usage, config.op,
           "option " + key + " is given twice in '" + std::string(text) + "', expected it once");
    const auto info = declared(key);
    const bool is_name = info != options.end() && names_operation(info->range);
    named = is_name ? std::get_if<std::string>(&at->second) : nullptr;
  }
  return config;
}

OpConfig with_defaults(const OpConfig& config, std::string_view name, const std::vector<OptionInfo>& options) {
  OpConfig whole{std::string(name)};
  for (const OptionInfo& option : options) whole.options.emplace(option.name, option.fallback);
  for (const auto& given : config.options) {  // clang 14 lets no lambda capture a structured binding
    const auto& [key, value] = given;
    const auto info = std::find_if(options.begin(), options.end(),
                                   [&](const OptionInfo& option) { return option.name == given.first; });
    if (info == options.end()) {
      std::vector<std::string_view> known;
      for (const OptionInfo& option : options) known.push_back(option.name);
      detail::unknown_option(name, key, known);
    }
    whole.options[key] = info->converted(name, value);
  }
  return whole;
}

std::string full_text(const OpConfig& config) {
  std::string text = config.op;
  for (const auto& [name, value] : config.options) text += ":" + name + "=" + value_text(value);
  return text;
}

std::string shortest_text(const OpConfig& config, const std::vector<OptionInfo>& options) {
  std::string text = config.op;
  for (const OptionInfo& option : options) {
    const auto given = config.options.find(std::string(option.name));
    if (given == config.options.end()) continue;
    const OptionValue value = option.converted(config.op, given->second);
    if (value != option.fallback) text += ":" + std::string(option.name) + "=" + value_text(value);
  }
  return text;
}

}  // namespace millrace
