// SPDX-License-Identifier: Apache-2.0
#include "user/model_card.hpp"

#include <nlohmann/json.hpp>

#include "millrace/error.hpp"

namespace millrace {

namespace {

using nlohmann::json;

json to_json(const OpConfig& config) {
  json options = json::object();
  for (const auto& option : config.options)
    std::visit([&](const auto& value) { options[option.first] = value; }, option.second);
  return {{"op", config.op}, {"options", options}};
}

OpConfig config_from(const json& from) {
  OpConfig config(from.at("op").get<std::string>());
  for (const auto& [name, value] : from.at("options").items()) {
    if (value.is_boolean())
      config.options[name] = value.get<bool>();
    else if (value.is_number_integer())
      config.options[name] = value.get<std::int64_t>();
    else if (value.is_number())
      config.options[name] = value.get<double>();
    else
      config.options[name] = value.get<std::string>();
  }
  return config;
}

constexpr const char* semantics_names[] = {"keras", "torch", "sklearn"};

}  // namespace

std::string card_to_json(const ModelCard& card) {
  json inputs = json::array(), layers = json::array();
  for (const NetworkInput& input : card.network.inputs)
    inputs.push_back({{"name", input.name}, {"shape", input.shape}});
  for (const NodeDescription& node : card.network.nodes) {
    json layer = to_json(node.layer);
    layer["name"] = node.name;
    layer["inputs"] = node.inputs;
    layers.push_back(std::move(layer));
  }
  return json{{"inputs", inputs},
              {"layers", layers},
              {"semantics", semantics_names[static_cast<int>(card.network.semantics)]},
              {"optimizer", to_json(card.compiled.optimizer)},
              {"update", to_json(card.compiled.update)},
              {"schedule", to_json(card.compiled.schedule)},
              {"pace", to_json(card.compiled.pace)},
              {"loss", to_json(card.compiled.loss)},
              {"metrics", card.compiled.metrics},
              {"features", card.feature_names},
              {"targets", card.target_names},
              {"classes", card.classes}}
      .dump();
}

ModelCard card_from_json(const std::string& text, const std::string& who) {
  try {
    const json from = json::parse(text);
    ModelCard card;
    for (const json& input : from.at("inputs"))
      card.network.inputs.push_back({input.at("name"), input.at("shape").get<Shape>()});
    for (const json& layer : from.at("layers")) {
      card.network.nodes.push_back(
          {layer.at("name"), config_from(layer), layer.at("inputs").get<std::vector<std::string>>()});
    }
    const auto semantics = from.at("semantics").get<std::string>();
    for (int i = 0; i < 3; ++i) {
      if (semantics == semantics_names[i]) card.network.semantics = static_cast<Semantics>(i);
    }
    card.compiled.optimizer = config_from(from.at("optimizer"));
    card.compiled.update = options_from<UpdateOptions>(config_from(from.at("update")));
    // Files of before there were schedules have none.
    if (from.contains("schedule")) {
      card.compiled.schedule = config_from(from.at("schedule"));
      card.compiled.pace = options_from<PaceOptions>(config_from(from.at("pace")));
    }
    card.compiled.loss = config_from(from.at("loss"));
    card.compiled.metrics = from.at("metrics").get<std::vector<std::string>>();
    card.feature_names = from.at("features").get<std::vector<std::string>>();
    card.target_names = from.at("targets").get<std::vector<std::string>>();
    card.classes = from.at("classes").get<std::vector<std::string>>();
    return card;
  } catch (const json::exception& error) {
    fail(ErrorKind::data, who, std::string("the description of the model cannot be read: ") + error.what());
  }
}

}  // namespace millrace
