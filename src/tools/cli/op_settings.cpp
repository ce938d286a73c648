// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/op_settings.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "ops/activations/activation.hpp"
#include "ops/initializers/initializer.hpp"
#include "ops/layers/layer.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "tools/cli/wrap.hpp"

namespace millrace::cli {

namespace {

// Every option with its type, defaults included, under the operation's own name: so 0.1 and "1e-1" and an alias are the
// same to a run that is resumed.
template <class Row>
OpConfig completed(const OpConfig& config, const Row& row, Semantics semantics) {
  OpConfig whole{std::string(row.name)};
  for (const OptionInfo& option : row.options(semantics)) {
    OptionValue& value = whole.options[std::string(option.name)] = option.fallback;
    const auto given = config.options.find(std::string(option.name));
    if (given != config.options.end()) detail::assign_option(row.name, option.name, any, given->second, value);
  }
  return whole;
}

// The setting `key` and the dotted ones below it. Each option is tried by itself first: a message about it then knows
// its place.
template <class RowOf, class Make>
OpConfig operation(const Settings& settings, std::string_view key, const std::string& fallback, Semantics semantics,
                   const RowOf& row_of, const Make& make) {
  const Setting* const named = settings.find(key);
  const std::string text = settings.text(key, fallback);
  const auto parse = [&] {
    OpConfig config = parse_op(text, [&](std::string_view name) { return row_of(name).options(semantics); });
    static_cast<void>(make(config, semantics));
    return config;
  };
  OpConfig config = named != nullptr ? named->located(parse) : parse();
  for (const auto& [option, setting] : settings.options_of(key)) {
    if (setting->list) setting->refuse("one value");
    OpConfig alone(config.op);
    alone.options[option] = setting->value;
    setting->located([&] { static_cast<void>(make(alone, semantics)); });
    config.options[option] = setting->value;
  }
  return completed(config, row_of(config.op), semantics);
}

OpConfig layer_of(const OpConfig& entry, Semantics semantics) {
  OpConfig layer(entry.op);
  if (entry.options.empty()) layer = parse_layer(entry.op);
  for (const auto& [option, value] : entry.options) layer.options.emplace(option_name(option), value);
  static_cast<void>(layer_row(layer.op).make(layer, semantics));
  return layer;
}

std::string default_text(const OptionValue& value) {
  struct {
    std::string operator()(bool yes) const { return yes ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return number_text(number); }
    std::string operator()(const std::string& text) const { return text; }
  } shower;
  return std::visit(shower, value);
}

template <class Table>
std::string table_text(const std::string& title, const Table& table) {
  std::string text = title + "\n";
  for (const auto& row : table) {
    const std::string name(row.name);
    text += "  " + name + std::string(name.size() < help_column - 2 ? help_column - 2 - name.size() : 1, ' ') +
            std::string(row.summary) + "\n";
    std::string options;
    for (const OptionInfo& option : row.options(Semantics::keras)) {
      options += (options.empty() ? "" : ", ") + std::string(option.name) + "=" + default_text(option.fallback);
    }
    if (!options.empty())
      text += std::string(help_column, ' ') + wrap("(" + options + ")", help_width, help_column) + "\n";
  }
  return text;
}

}  // namespace

std::string option_name(std::string_view written) {
  std::string name(written);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

OpConfig loss_setting(const Settings& settings, Semantics semantics) {
  if (!settings.has("loss")) {
    const auto options = settings.options_of("loss");
    if (!options.empty()) options.begin()->second->fail_with("an option without its loss, expected --loss too");
    return {};
  }
  return operation(settings, "loss", "", semantics, loss_row, make_loss);
}

OpConfig optimizer_setting(const Settings& settings, Semantics semantics) {
  return operation(settings, "optimizer", "adam", semantics, optimizer_row, make_optimizer);
}

std::vector<OpConfig> layer_settings(const Settings& settings, Semantics semantics) {
  const Setting* const setting = settings.find("layers");
  if (setting == nullptr) return {};
  std::vector<Entry> entries;
  if (setting->list)
    entries = *setting->list;
  else
    for (const std::string& text : settings.names("layers")) entries.push_back({setting->place, text});
  if (entries.empty()) setting->refuse("at least one layer");
  std::vector<OpConfig> layers;
  Setting at = *setting;
  for (const Entry& entry : entries) {
    at.place = entry.place;
    layers.push_back(at.located([&] { return layer_of(entry.op, semantics); }));
  }
  return layers;
}

std::vector<std::string> metric_settings(const Settings& settings) {
  const Setting* const setting = settings.find("metrics");
  if (setting == nullptr) return {};
  std::vector<std::string> metrics = settings.names("metrics");
  setting->located([&] {
    for (const std::string& metric : metrics) static_cast<void>(make_metric(parse_metric(metric)));
  });
  return metrics;
}

std::string known_operations() {
  return table_text("Layers (--layers):", layer_table()) + "  UNITS[:ACTIVATION]              a dense layer\n" +
         table_text("Activations:", activation_table()) + table_text("Initializers:", initializer_table()) +
         table_text("Losses (--loss):", loss_table()) + table_text("Optimizers (--optimizer):", optimizer_table()) +
         table_text("Metrics (--metrics):", metric_table());
}

}  // namespace millrace::cli
