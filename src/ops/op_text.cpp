// SPDX-License-Identifier: Apache-2.0
#include "ops/op_text.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "millrace/error.hpp"

namespace millrace {

OpConfig parse_op(std::string_view text, const std::function<std::vector<OptionInfo>(std::string_view)>& options_of) {
  const std::vector<std::string> parts = split_text(trim(text), ':');
  if (parts.empty() || parts[0].empty())
    fail(ErrorKind::usage, "options", "an empty operation, expected name[:value][:key=value]");
  OpConfig config(parts[0]);
  const std::vector<OptionInfo> options = options_of(config.op);
  std::size_t position = 0;
  std::string* named = nullptr;  // the last value, if it names an operation: what follows without a key is its own
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto equals = parts[i].find('=');
    std::string key, value;
    if (equals == std::string::npos && named != nullptr) {
      *named += ":" + parts[i];
      continue;
    }
    if (equals == std::string::npos) {
      if (position == options.size()) {
        fail(ErrorKind::usage, config.op,
             "'" + parts[i] + "' is one value too many, expected at most " + std::to_string(options.size()));
      }
      key = options[position++].name;
      value = parts[i];
    } else {
      key = parts[i].substr(0, equals);
      value = parts[i].substr(equals + 1);
    }
    const auto [at, added] = config.options.emplace(key, value);
    if (!added) fail(ErrorKind::usage, config.op, "option " + key + " is given twice in '" + std::string(text) + "'");
    const auto info = std::find_if(options.begin(), options.end(), [&](const OptionInfo& o) { return o.name == key; });
    const bool is_name = info != options.end() && info->range == Range::by_name;
    named = is_name ? std::get_if<std::string>(&at->second) : nullptr;
  }
  return config;
}

std::string op_text(const OpConfig& config, const std::vector<OptionInfo>& options) {
  std::string text = config.op;
  for (const OptionInfo& option : options) {
    const auto given = config.options.find(std::string(option.name));
    if (given == config.options.end() || given->second == option.fallback) continue;
    text += ":" + std::string(option.name) + "=";
    std::visit(
        [&](const auto& value) {
          using Value = std::remove_cvref_t<decltype(value)>;
          if constexpr (std::is_same_v<Value, bool>)
            text += value ? "true" : "false";
          else if constexpr (std::is_same_v<Value, std::string>)
            text += value;
          else if constexpr (std::is_same_v<Value, double>)
            text += number_text(value);
          else
            text += std::to_string(value);
        },
        given->second);
  }
  return text;
}

}  // namespace millrace
