// SPDX-License-Identifier: Apache-2.0
#include "model/files/op_json.hpp"

#include <nlohmann/json.hpp>

#include "model/files/json_numbers.hpp"

namespace millrace {

using nlohmann::json;

json op_to_json(const OpConfig& config) {
  json options = json::object();
  for (const auto& option : config.options)
    std::visit([&](const auto& value) { options[option.first] = value; }, option.second);
  return {{"op", config.op}, {"options", options}};
}

OpConfig op_from_json(const json& from) {
  OpConfig config(from.at("op").get<std::string>());
  for (const auto& [name, value] : from.at("options").items()) {
    if (value.is_boolean())
      config.options[name] = value.get<bool>();
    else if (value.is_number_integer())
      config.options[name] = whole_number(value);
    else if (value.is_number())
      config.options[name] = value.get<double>();
    else
      config.options[name] = value.get<std::string>();
  }
  return config;
}

}  // namespace millrace
