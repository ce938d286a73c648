// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/op_settings.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "ops/layers/layer.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "ops/schedules/schedule.hpp"
#include "run/callbacks/callback.hpp"

namespace millrace::cli {

namespace {

// A list is text with commas: 1000,5000 and [1000, 5000] are the same.
OptionValue value_of(const Setting& setting) {
  if (!setting.list) return setting.value;
  std::string text;
  for (const Entry& entry : *setting.list) {
    if (!entry.op.options.empty()) setting.refuse("one value, or an array of values");
    text += (text.empty() ? "" : ",") + entry.op.op;
  }
  return text;
}

// Operations and their options are part of a model's metadata, which is UTF-8.
void require_utf8(const Setting& setting) {
  const auto* const text = std::get_if<std::string>(&setting.value);
  if (text != nullptr && !is_utf8(*text)) setting.refuse("text in UTF-8");
}

// The operation that the setting `key` names, with the options key.OPTION. check(config) throws for wrong options; it is
// called for each option alone, so that a message names the place of the option.
template <class OptionsOf, class Check>
OpConfig operation(const Settings& settings, std::string_view key, const std::string& fallback,
                   const OptionsOf& options_of, const Check& check) {
  const Setting* const named = settings.find(key);
  const std::string text = settings.text(key, fallback);
  if (named != nullptr) require_utf8(*named);
  const auto parse = [&] {
    OpConfig config = parse_op(text, options_of);
    check(config);
    return config;
  };
  OpConfig config = named != nullptr ? named->located(parse) : parse();
  for (const auto& [option, setting] : settings.options_of(key)) {
    require_utf8(*setting);
    OpConfig alone(config.op);
    alone.options[option] = value_of(*setting);
    setting->located([&] { check(alone); });
    config.options.insert_or_assign(option, value_of(*setting));
  }
  return config;
}

bool has_option(const std::vector<OptionInfo>& options, std::string_view name) {
  return std::any_of(options.begin(), options.end(), [&](const OptionInfo& option) { return option.name == name; });
}

// The options of an operation, and those that all operations of its kind have.
struct Parts {
  OpConfig rule, common;
};

template <OptionStruct Common>
Parts parts_of(const OpConfig& config, const std::vector<OptionInfo>& own) {
  const auto common = describe_options<Common>(Semantics::keras);
  Parts parts{OpConfig(config.op), OpConfig(std::string(Common::op))};
  for (const auto& [name, value] : config.options) {
    if (!has_option(own, name) && !has_option(common, name)) {
      std::vector<std::string_view> known;
      for (const OptionInfo& option : own) known.push_back(option.name);
      for (const OptionInfo& option : common) {
        if (!has_option(own, option.name)) known.push_back(option.name);
      }
      detail::unknown_option(config.op, name, known);
    }
    (has_option(own, name) ? parts.rule : parts.common).options[name] = value;
  }
  return parts;
}

LayerConfig layer_of(const OpConfig& entry, Semantics semantics) {
  LayerConfig layer(entry.op);
  if (entry.options.empty()) layer = parse_layer(entry.op);
  for (const auto& [option, value] : entry.options) layer.options.emplace(option_name(option), value);
  const LayerRow& row = layer_row(layer.op);
  layer.op = row.name;  // a name and its alias are equal for a run that is resumed
  static_cast<void>(row.make(layer, semantics));
  return layer;
}

}  // namespace

std::string option_name(std::string_view written) {
  std::string name(written);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

LossConfig loss_setting(const Settings& settings, Semantics semantics) {
  if (!settings.has("loss")) {
    const auto options = settings.options_of("loss");
    if (!options.empty()) options.begin()->second->fail_with("an option without a loss, expected --loss too");
    return {};
  }
  const auto options_of = [&](std::string_view name) { return loss_row(name).options(semantics); };
  const OpConfig loss = operation(settings, "loss", "", options_of, [&](const OpConfig& config) {
    static_cast<void>(make_loss(LossConfig(config), semantics));
  });
  return LossConfig(completed(loss, loss_row(loss.op), semantics));
}

OptimizerSetting optimizer_setting(const Settings& settings, Semantics semantics) {
  const auto options_of = [&](std::string_view name) { return optimizer_row(name).options(semantics); };
  const auto check = [&](const OpConfig& config) {
    const Parts parts = parts_of<UpdateOptions>(config, options_of(config.op));
    static_cast<void>(make_optimizer(OptimizerConfig(parts.rule), semantics));
    static_cast<void>(options_from<UpdateOptions>(parts.common));
  };
  const OpConfig given = operation(settings, "optimizer", "adam", options_of, check);
  const Parts parts = parts_of<UpdateOptions>(given, options_of(given.op));
  return {OptimizerConfig(completed(parts.rule, optimizer_row(parts.rule.op), semantics)),
          options_from<UpdateOptions>(parts.common)};
}

ScheduleSetting schedule_setting(const Settings& settings, double learning_rate, Semantics semantics) {
  if (!settings.has("schedule") && settings.options_of("schedule").empty()) return {};
  const auto options_of = [&](std::string_view name) { return schedule_row(name).options(semantics); };
  const auto check = [&](const OpConfig& config) {
    const Parts parts = parts_of<PaceOptions>(config, options_of(config.op));
    schedule_row(parts.rule.op).check(parts.rule);
    static_cast<void>(options_from<PaceOptions>(parts.common));
  };
  const OpConfig given = operation(settings, "schedule", "constant", options_of, check);
  const Parts parts = parts_of<PaceOptions>(given, options_of(given.op));
  const ScheduleSetting setting{ScheduleConfig(completed(parts.rule, schedule_row(parts.rule.op), semantics)),
                                options_from<PaceOptions>(parts.common)};
  // Checks the options together.
  static_cast<void>(make_schedule(setting.schedule, setting.pace, {learning_rate, 1, semantics}));
  return setting;
}

std::vector<CallbackConfig> callback_settings(const Settings& settings, Semantics semantics, bool stops) {
  std::vector<CallbackConfig> callbacks;
  for (const CallbackRow& row : callback_table()) {
    if (row.flag.empty()) continue;
    const auto options = settings.options_of(row.flag);
    if (!settings.boolean(row.flag, !options.empty() || (stops && row.name == EarlyStopping::op))) continue;
    OpConfig config{std::string(row.name)};
    for (const auto& [option, setting] : options) {
      if (option != "path") require_utf8(*setting);  // names of files may be any bytes
      OpConfig alone(config.op);
      alone.options[option] = config.options[option] = value_of(*setting);
      setting->located([&] { row.check(alone); });
    }
    callbacks.emplace_back(completed(config, row, semantics));
  }
  return callbacks;
}

namespace {

// [inputs.wide] first = 0, count = 12
struct Positions {
  static constexpr std::string_view op = "input";
  std::int64_t first = 0, count = 0;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("first", &Positions::first, "index of the first column, from 0", not_negative),
                      field("count", &Positions::count, "number of columns", positive)};
  }
};

GraphInput input_of(const Entry& entry) {
  GraphInput input{.name = entry.op.op, .columns = entry.takes};
  const Positions range = options_from<Positions>(entry.op);
  input.range = {range.first, range.count};
  if (entry.takes.empty() == (range.count == 0))
    fail(ErrorKind::usage, input.name, "expected either columns = [\"name\", ...] or first and count");
  return input;
}

}  // namespace

Graph graph_settings(const Settings& settings, Semantics semantics) {
  const Setting* const setting = settings.find("layers");
  const Setting* const inputs = settings.find("inputs");
  if (setting == nullptr && inputs != nullptr) inputs->fail_with("inputs without layers, expected layers too");
  if (setting == nullptr) return {};
  require_utf8(*setting);
  std::vector<Entry> entries;
  if (setting->list)
    entries = *setting->list;
  else
    for (const std::string& text : settings.names("layers")) entries.push_back({setting->place, text});
  if (entries.empty()) setting->refuse("at least one layer");
  Graph graph;
  Setting at = *setting;
  for (const Entry& entry : inputs != nullptr ? *inputs->list : std::vector<Entry>{}) {
    at.place = entry.place;
    graph.inputs.push_back(at.located([&] { return input_of(entry); }));
  }
  for (const Entry& entry : entries) {
    at.place = entry.place;
    graph.layers.push_back(at.located([&] {
      return GraphLayer{entry.name, layer_of(entry.op, semantics), entry.takes};
    }));
  }
  setting->located([&] { static_cast<void>(ordered(graph)); });
  return graph;
}

std::vector<MetricConfig> metric_settings(const Settings& settings) {
  const Setting* const setting = settings.find("metrics");
  if (setting == nullptr) return {};
  require_utf8(*setting);
  const std::vector<std::string> metrics = settings.names("metrics");
  setting->located([&] {
    std::vector<OpConfig> seen;
    for (const std::string& metric : metrics) {
      const MetricConfig config = parse_metric(metric);
      static_cast<void>(make_metric(config));
      // An alias, or a default that is written out, gives the same metric.
      seen.push_back(completed(config, metric_row(config.op), Semantics::keras));
      if (std::count(seen.begin(), seen.end(), seen.back()) > 1)
        setting->fail_with("'" + metric + "' is given twice, expected different metrics");
    }
  });
  return {metrics.begin(), metrics.end()};
}

}  // namespace millrace::cli
