// SPDX-License-Identifier: Apache-2.0
#include "model/files/op_json.hpp"

#include <nlohmann/json.hpp>

#include "model/files/file_json.hpp"

namespace millrace {

using nlohmann::json;

namespace {

struct AsJson {
  json operator()(std::monostate) const { return nullptr; }
  json operator()(const auto& value) const { return value; }
};

// A list of whole numbers is extents or axes.
OptionValue list_from(const json& values) {
  for (const json& value : values) {
    if (!value.is_number_integer()) return values.get<std::vector<double>>();
  }
  return whole_numbers(values);
}

}  // namespace

json op_to_json(const OpConfig& config) {
  json options = json::object();
  for (const auto& [name, value] : config.options) options[name] = std::visit(AsJson{}, value);
  return {{"op", config.op}, {"options", options}};
}

OpConfig op_from_json(const json& from) {
  OpConfig config(from.at("op").get<std::string>());
  for (const auto& [name, value] : from.at("options").items()) {
    if (value.is_null())
      config.options[name] = std::monostate();
    else if (value.is_array())
      config.options[name] = list_from(value);
    else if (value.is_boolean())
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
