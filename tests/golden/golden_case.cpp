// SPDX-License-Identifier: Apache-2.0
#include "golden/golden_case.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

#include "millrace/updates.hpp"
#include "ops/optimizers/optimizer.hpp"

namespace millrace::golden {

namespace {

using nlohmann::json;

std::uint64_t splitmix64(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

OpConfig config_of(const json& spec) {
  OpConfig config(spec.at("op").get<std::string>());
  for (const auto& [name, value] : spec.at("options").items()) {
    if (value.is_boolean())
      config.options[name] = value.get<bool>();
    else if (value.is_number_integer())
      config.options[name] = value.get<std::int64_t>();
    else if (value.is_number())
      config.options[name] = value.get<double>();
    else if (value.is_array())
      config.options[name] = value.get<std::vector<double>>();
    else
      config.options[name] = value.get<std::string>();
  }
  return config;
}

bool is_update_option(const std::string& optimizer, const std::string& name) {
  const auto known = [&](const std::vector<OptionInfo>& options) {
    return std::any_of(options.begin(), options.end(), [&](const OptionInfo& option) { return option.name == name; });
  };
  return known(describe_options<UpdateOptions>(Semantics::keras)) &&
         !known(optimizer_row(optimizer).options(Semantics::keras));
}

// The row's v by output: sum over j of x_j c[j][o], with coefficients -1, -7/8 .. 1.
std::vector<double> linear_row(const json& spec, const float* x, std::int64_t inputs) {
  const auto columns = spec.at("columns").get<std::int64_t>();
  const auto seed = spec.at("seed").get<std::uint64_t>();
  std::vector<double> v(static_cast<std::size_t>(columns));
  for (std::int64_t j = 0; j < inputs; ++j) {
    for (std::int64_t o = 0; o < columns; ++o) {
      const std::uint64_t draw = (bits(seed, static_cast<std::uint64_t>(j * columns + o)) * 17) >> 24;
      v[static_cast<std::size_t>(o)] += static_cast<double>(x[j]) * (static_cast<double>(draw) / 8 - 1);
    }
  }
  return v;
}

}  // namespace

std::uint64_t bits(std::uint64_t seed, std::uint64_t index) { return splitmix64((seed << 32) + index) >> 40; }

std::vector<float> fill(const json& spec, std::int64_t count) {
  const auto kind = spec.at("kind").get<std::string>();
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (kind == "constant") {
      values[i] = spec.at("value").get<float>();
    } else if (kind == "integers") {
      values[i] = static_cast<float>(
          (bits(spec.at("seed").get<std::uint64_t>(), i) * spec.at("count").get<std::uint64_t>()) >> 24);
    } else {
      const auto low = spec.at("low").get<double>(), high = spec.at("high").get<double>();
      values[i] = static_cast<float>(
          low + (high - low) * (static_cast<double>(bits(spec.at("seed").get<std::uint64_t>(), i)) * 0x1p-24));
    }
  }
  return values;
}

std::vector<float> targets(const json& spec, const std::vector<float>& x, std::int64_t rows) {
  const auto rule = spec.at("rule").get<std::string>();
  const std::int64_t inputs = std::ssize(x) / rows;
  std::vector<float> y;
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::vector<double> v = linear_row(spec, x.data() + r * inputs, inputs);
    const auto best = static_cast<std::size_t>(std::max_element(v.begin(), v.end()) - v.begin());
    if (rule == "class") {
      y.push_back(static_cast<float>(best));
      continue;
    }
    double total = 0;
    for (const double value : v) total += std::abs(value);
    for (std::size_t o = 0; o < v.size(); ++o) {
      const double value = rule == "linear"     ? v[o]
                           : rule == "absolute" ? std::abs(v[o])
                           : rule == "share"    ? std::abs(v[o]) / total
                           : rule == "positive" ? (v[o] > 0 ? 1 : 0)
                           : rule == "sign"     ? (v[o] > 0 ? 1 : -1)
                           : rule == "one_hot"  ? (o == best ? 1 : 0)
                                                : throw std::invalid_argument("no target rule '" + rule + "'");
      y.push_back(static_cast<float>(value));
    }
  }
  return y;
}

Semantics Case::semantics() const {
  const auto name = json.at("semantics").get<std::string>();
  return name == "torch" ? Semantics::torch : name == "sklearn" ? Semantics::sklearn : Semantics::keras;
}

test::TestNetwork Case::network() const {
  NetworkDescription description;
  description.semantics = semantics();
  for (const auto& input : json.at("inputs"))
    description.inputs.push_back({input.at("name").get<std::string>(), input.at("shape").get<Shape>()});
  for (const auto& layer : json.at("layers")) {
    description.layers.push_back({layer.at("name").get<std::string>(), LayerConfig(config_of(layer)),
                                  layer.at("inputs").get<std::vector<std::string>>()});
  }
  test::TestNetwork network(description);
  std::size_t given = 0;
  for (const NetworkParameter& parameter : network.parameters()) {
    const auto& spec = json.at("initial").at(parameter.name);
    if (spec.at("shape").get<Shape>() != parameter.spec.shape)
      throw std::invalid_argument(parameter.name + " has another shape than in the case");
    const std::vector<float> values = fill(spec.at("fill"), parameter.size);
    std::copy(values.begin(), values.end(), network.values(parameter).begin());
    ++given;
  }
  if (given != json.at("initial").size()) throw std::invalid_argument("the case has parameters that the network lacks");
  return network;
}

LossConfig Case::loss() const { return LossConfig(config_of(json.at("loss"))); }

OptimizerConfig Case::optimizer() const {
  OpConfig config = config_of(json.at("optimizer"));
  std::erase_if(config.options, [&](const auto& option) { return is_update_option(config.op, option.first); });
  return OptimizerConfig(std::move(config));
}

OpConfig Case::update() const {
  OpConfig config = config_of(json.at("optimizer"));
  std::erase_if(config.options, [&](const auto& option) { return !is_update_option(config.op, option.first); });
  config.op = UpdateOptions::op;
  return config;
}

ScheduleConfig Case::schedule() const {
  return json.contains("schedule") ? ScheduleConfig(config_of(json.at("schedule"))) : ScheduleConfig{};
}

Table::Table(const Case& c) : rows(c.number("rows")) {
  std::vector<std::vector<float>> parts;
  for (const auto& input : c.json.at("inputs")) {
    const std::int64_t width = element_count(input.at("shape").get<Shape>());
    parts.push_back(fill(input.at("fill"), rows * width));
    inputs += width;
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    for (const std::vector<float>& part : parts) {
      const std::int64_t width = std::ssize(part) / rows;
      x.insert(x.end(), part.begin() + r * width, part.begin() + (r + 1) * width);
    }
  }
  y = targets(c.json.at("target"), x, rows);
  outputs = std::ssize(y) / rows;
  if (c.json.contains("sample_weight")) weights = fill(c.json.at("sample_weight"), rows);
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> found;
    for (const char* library : {"keras", "torch", "sklearn"}) {
      std::ifstream file(std::string(MILLRACE_GOLDEN_DIR) + "/" + library + ".json");
      const json whole = json::parse(file);
      for (const json& one : whole.at("cases")) found.push_back({one});
    }
    return found;
  }();
  return all;
}

}  // namespace millrace::golden
