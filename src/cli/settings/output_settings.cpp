// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/output_settings.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/excerpt.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/option_text.hpp"
#include "cli/settings/op_settings.hpp"
#include "millrace/catalogue.hpp"

namespace millrace::cli {

namespace {

// What a single output has instead of [outputs.NAME].
constexpr std::array<std::string_view, 8> flags_of_one_output{"target",       "loss",      "metrics",      "classes",
                                                              "class-weight", "threshold", "scale-target", "task"};
constexpr std::array<std::string_view, 5> keys{"target", "loss", "weight", "metrics", "classes"};

class OutputReader {
 public:
  OutputReader(const Setting& setting, const std::string& name, Semantics semantics)
      : at_(setting), semantics_(semantics), name_(name) {
    at_.name += "." + name;
    for (const Entry& entry : *setting.list) {
      if (entry.op.op != name) continue;
      at_.place = entry.place;
      if (entry.name.empty() && !entry.takes.empty()) at_.fail_with("columns are of inputs, expected target");
      if (!entry.name.empty()) lists_[entry.name] = entry.takes;
      options_.insert(entry.op.options.begin(), entry.op.options.end());
    }
  }

  [[nodiscard]] OutputSetting read() {
    check_keys();
    OutputSetting output{.name = name_};
    output.target = texts("target");
    output.classes = texts("classes");
    if (const OptionValue* const loss = option("loss")) output.loss = read_loss(*loss);
    if (const OptionValue* const weight = option("weight")) output.weight = read_weight(*weight);
    if (lists_.contains("metrics") || option("metrics") != nullptr) output.metrics = read_metrics();
    if (output.target.empty() && options_.size() + lists_.size() > 0)
      at_.fail_with("a loss, a weight, metrics or classes without a target, expected target = \"COLUMN\" too");
    if (!output.classes.empty() && output.target.size() > 1)
      at_.fail_with("classes of " + counted(output.target.size(), "column") + ", expected one target");
    return output;
  }

 private:
  void check_keys() const {
    const auto check = [&](const std::string& key) {
      if (std::ranges::find(keys, key) == keys.end())
        at_.fail_with(unknown_name("key", key, {keys.begin(), keys.end()}));
    };
    for (const auto& [key, value] : options_) check(key);
    for (const auto& [key, value] : lists_) check(key);
    for (const char* const key : {"loss", "weight"})
      if (lists_.contains(key)) at_.fail_with(std::string(key) + " is an array, expected one value");
  }

  [[nodiscard]] const OptionValue* option(const std::string& key) const {
    const auto found = options_.find(key);
    return found == options_.end() ? nullptr : &found->second;
  }

  // A text or an array of texts.
  [[nodiscard]] std::vector<std::string> texts(const std::string& key) const {
    if (const auto list = lists_.find(key); list != lists_.end()) return list->second;
    const OptionValue* const value = option(key);
    if (value == nullptr) return {};
    const auto* const text = std::get_if<std::string>(value);
    if (text == nullptr || text->empty()) at_.fail_with(key + " is not a text, expected one, or an array of texts");
    return {*text};
  }

  [[nodiscard]] LossConfig read_loss(const OptionValue& value) const {
    const auto* const text = std::get_if<std::string>(&value);
    if (text == nullptr) at_.fail_with("loss is not a text, expected the name of a loss");
    return at_.located([&] {
      const OpConfig loss = read_operation(OperationKind::loss, *text);
      check_operation(OperationKind::loss, loss, semantics_);
      return LossConfig(complete_operation(OperationKind::loss, loss, semantics_));
    });
  }

  [[nodiscard]] double read_weight(const OptionValue& value) const {
    double weight = -1;
    if (const auto* const whole = std::get_if<std::int64_t>(&value)) weight = static_cast<double>(*whole);
    if (const auto* const number = std::get_if<double>(&value)) weight = *number;
    if (!(weight > 0) || !std::isfinite(weight))
      at_.fail_with("weight is " + value_text(value) + ", expected a number above 0");
    return weight;
  }

  [[nodiscard]] std::vector<MetricConfig> read_metrics() const {
    std::vector<MetricConfig> metrics;
    at_.located([&] {
      for (const std::string& text : texts("metrics")) {
        const OpConfig metric = read_operation(OperationKind::metric, text);
        check_operation(OperationKind::metric, metric);
        metrics.emplace_back(text);
      }
    });
    return metrics;
  }

  Setting at_;
  Semantics semantics_;
  std::string name_;
  std::map<std::string, OptionValue> options_;
  std::map<std::string, std::vector<std::string>> lists_;
};

// Each output has the name of a layer.
void require_layers(Setting setting, const Graph& graph) {
  std::vector<std::string> layers;
  for (const GraphLayer& layer : graph.layers)
    if (!layer.name.empty()) layers.push_back(layer.name);
  for (const Entry& entry : *setting.list) {
    if (contains(layers, entry.op.op)) continue;
    setting.place = entry.place;
    setting.name = "outputs." + entry.op.op;
    setting.fail_with(unknown_name("layer", entry.op.op, {layers.begin(), layers.end()}));
  }
}

// The place of a column among the targets says which output it belongs to.
void require_different_targets(Setting setting, const std::vector<OutputSetting>& outputs) {
  std::map<std::string, std::string> owners;
  for (const OutputSetting& output : outputs) {
    for (const std::string& column : output.target) {
      const auto [owner, added] = owners.emplace(column, output.name);
      if (added) continue;
      setting.place =
          std::ranges::find(*setting.list, output.name, [](const Entry& entry) { return entry.op.op; })->place;
      setting.name = "outputs." + output.name;
      setting.fail_with("column " + excerpt(column) + " is the target of " +
                        (owner->second == output.name ? "this output twice" : "outputs." + owner->second + " too") +
                        ", expected a column of its own");
    }
  }
}

}  // namespace

std::vector<OutputSetting> output_settings(const Settings& settings, Semantics semantics, Graph& graph) {
  const Setting* const setting = settings.find("outputs");
  if (setting == nullptr) return {};
  if (graph.layers.empty()) setting->fail_with("outputs without layers, expected [[layers]] with names too");
  std::vector<std::string> names;
  for (const Entry& entry : *setting->list)
    if (!contains(names, entry.op.op)) names.push_back(entry.op.op);
  if (names.size() < 2)
    setting->fail_with("one output, expected several; --target, --loss and --metrics are those of a single one");
  for (const std::string_view flag : flags_of_one_output) {
    if (const Setting* const other = settings.find(flag); other != nullptr)
      other->fail_with("is of a model with one output, expected it in [outputs.NAME], or not at all");
  }
  require_layers(*setting, graph);
  std::vector<OutputSetting> outputs;
  for (const std::string& name : names) outputs.push_back(OutputReader(*setting, name, semantics).read());
  require_different_targets(*setting, outputs);
  if (std::ranges::all_of(outputs, [](const OutputSetting& output) { return output.target.empty(); }))
    setting->fail_with("no output has a target, expected target = \"COLUMN\" in one or more");
  for (const OutputSetting& output : outputs) graph.outputs.push_back(output.name);
  graph = setting->located([&] { return ordered(graph); });
  return outputs;
}

LayerConfig layer_of(const OutputSetting& output, const Graph& graph) {
  return std::ranges::find(graph.layers, output.name, &GraphLayer::name)->layer;
}

}  // namespace millrace::cli
