// SPDX-License-Identifier: Apache-2.0
#include "run/layer_lines.hpp"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/json_numbers.hpp"
#include "base/mapped_file.hpp"
#include "base/text.hpp"

namespace millrace {

namespace {

using nlohmann::ordered_json;

// To the digits of a float; what is not finite becomes null.
double rounded(double value) { return parse_number(number_text(static_cast<float>(value))).value_or(value); }

double number_at(const ordered_json& line, const char* key) {
  const auto at = line.find(key);
  return at != line.end() && at->is_number() ? at->get<double>() : std::nan("");
}

EpochLayer layer_of(const ordered_json& line) {
  EpochLayer layer{.epoch = whole_count(line.at("epoch")), .step = whole_count(line.at("step")), .record = {}};
  LayerRecord& record = layer.record;
  record.layer = line.at("layer").get<std::string>();
  if (line.contains("weights")) {
    record.weights = whole_count(line.at("weights"));
    record.weight_norm = number_at(line, "weight_norm");
    record.update_norm = number_at(line, "update_norm");
    if (line.at("gradient_norm").is_number()) record.gradient_norm = line.at("gradient_norm").get<double>();
    record.low = number_at(line, "low");
    record.high = number_at(line, "high");
    record.counts = whole_numbers(line.at("counts"));
  }
  if (line.contains("units")) {
    record.units = whole_count(line.at("units"));
    record.dead_units = whole_count(line.at("dead_units"));
  }
  return layer;
}

}  // namespace

std::string layer_line(const EpochLayer& layer) {
  const LayerRecord& record = layer.record;
  ordered_json line{{"epoch", layer.epoch}, {"step", layer.step}, {"layer", record.layer}};
  if (record.weights > 0) {
    line["weights"] = record.weights;
    line["weight_norm"] = rounded(record.weight_norm);
    line["update_norm"] = rounded(record.update_norm);
    line["gradient_norm"] = record.gradient_norm ? ordered_json(rounded(*record.gradient_norm)) : ordered_json();
    line["low"] = rounded(record.low);
    line["high"] = rounded(record.high);
    line["counts"] = record.counts;
  }
  if (record.units > 0) {
    line["units"] = record.units;
    line["dead_units"] = record.dead_units;
  }
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::vector<EpochLayer> layers_of(std::string_view text) {
  std::vector<EpochLayer> layers;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    try {
      layers.push_back(layer_of(ordered_json::parse(line)));
    } catch (const nlohmann::json::exception&) {  // a line of another program, or cut short
      continue;
    }
  }
  return layers;
}

std::vector<EpochLayer> read_layer_log(const std::string& path) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(path, code)) return {};
  return layers_of(MappedFile(path, "layer_log").bytes());
}

}  // namespace millrace
