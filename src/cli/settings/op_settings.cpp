// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/op_settings.hpp"

#include <algorithm>
#include <iterator>

#include "base/fail.hpp"
#include "base/utf8.hpp"
#include "millrace/callbacks.hpp"
#include "millrace/catalogue.hpp"

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
template <class Check>
OpConfig operation_setting(const Settings& settings, OperationKind kind, std::string_view key,
                           const std::string& fallback, const Check& check) {
  const Setting* const named = settings.find(key);
  const std::string text = settings.text(key, fallback);
  if (named != nullptr) require_utf8(*named);
  const auto parse = [&] {
    OpConfig config = read_operation(kind, text);
    check(config);
    return config;
  };
  OpConfig config = named != nullptr ? named->located(parse) : parse();
  const OpConfig written = config;
  for (const auto& [option, setting] : settings.options_of(key)) {
    // A flag wins over the configuration file, but of two flags neither does.
    if (written.options.contains(option) && named->place.empty() == setting->place.empty())
      setting->fail_with(named->name + " '" + text + "' sets " + option + " too, expected one of them");
    require_utf8(*setting);
    OpConfig alone(config.op);
    alone.options[option] = value_of(*setting);
    setting->located([&] { check(alone); });
    config.options.insert_or_assign(option, value_of(*setting));
  }
  return config;
}

// Options that say how another one works, and so have no effect without it.
struct Dependent {
  std::string_view option, needs, reason;
};
constexpr Dependent dependents[] = {{"ema_momentum", "use_ema", "the weights are not averaged"},
                                    {"warmup_start", "warmup", "there is no warm-up"}};

const Dependent* find_dependent(std::string_view option) {
  const auto* const found = std::ranges::find(dependents, option, &Dependent::option);
  return found == std::end(dependents) ? nullptr : found;
}

std::string as_flag(std::string_view key, std::string_view option) {
  std::string flag = "--" + std::string(key) + "." + std::string(option);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

// Throws for a dependent option of `key` whose other option is not given, or is `off`.
void check_dependents(const Settings& settings, std::string_view key, const OpConfig& config, bool off) {
  for (const auto& [option, value] : config.options) {
    const Dependent* const row = find_dependent(option);
    if (row == nullptr || !off) continue;
    const Setting* const alone = settings.find(std::string(key) + "." + option);
    const Setting& at = alone != nullptr ? *alone : *settings.find(key);
    at.fail_with((alone != nullptr ? "" : option + ": ") + std::string(row->reason) + ", expected " +
                 as_flag(key, row->needs) + " too");
  }
}

bool has_option(const std::vector<OperationOption>& options, std::string_view name) {
  return std::any_of(options.begin(), options.end(),
                     [&](const OperationOption& option) { return option.name == name; });
}

// The options of an operation, and those that all operations of its kind have: the members of Shared.
template <OptionStruct Shared>
struct Parts {
  OpConfig rule;
  Shared shared;
};

template <OptionStruct Shared>
Parts<Shared> parts_of(OperationKind kind, const OpConfig& config, Semantics semantics) {
  const std::vector<OperationOption> own = operation(kind, config.op, semantics).options, common = shared_options(kind);
  OpConfig rule(config.op), shared{std::string(Shared::op)};
  for (const auto& [name, value] : config.options) {
    if (!has_option(own, name) && !has_option(common, name)) {
      std::vector<std::string_view> known;
      for (const OperationOption& option : own) known.push_back(option.name);
      for (const OperationOption& option : common) {
        // momentum, which other optimizers have, is not ema_momentum.
        const bool is_other = find_dependent(option.name) != nullptr && option.name.ends_with(name);
        if (!is_other && !has_option(own, option.name)) known.push_back(option.name);
      }
      detail::unknown_option(config.op, name, known);
    }
    (has_option(own, name) ? rule : shared).options[name] = value;
  }
  check_operation(kind, rule, semantics);
  return {rule, options_from<Shared>(shared)};
}

LayerConfig layer_of(const OpConfig& entry, Semantics semantics) {
  LayerConfig layer(entry.op);
  if (entry.options.empty()) layer = LayerConfig(read_operation(OperationKind::layer, entry.op));
  for (const auto& [option, value] : entry.options) layer.options.emplace(option_name(option), value);
  layer.op = operation(OperationKind::layer, layer.op).name;  // so that a resumed run may use an alias
  check_operation(OperationKind::layer, layer, semantics);
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
  const OpConfig loss = operation_setting(settings, OperationKind::loss, "loss", "", [&](const OpConfig& config) {
    check_operation(OperationKind::loss, config, semantics);
  });
  return LossConfig(complete_operation(OperationKind::loss, loss, semantics));
}

OptimizerSetting optimizer_setting(const Settings& settings, Semantics semantics) {
  constexpr OperationKind kind = OperationKind::optimizer;
  const auto parts_in = [&](const OpConfig& config) { return parts_of<UpdateOptions>(kind, config, semantics); };
  const OpConfig config = operation_setting(settings, kind, "optimizer", "adam", parts_in);
  const auto parts = parts_in(config);
  check_dependents(settings, "optimizer", config, !parts.shared.use_ema);
  return {OptimizerConfig(complete_operation(kind, parts.rule, semantics)), parts.shared};
}

ScheduleSetting schedule_setting(const Settings& settings, const OptimizerConfig& optimizer, Semantics semantics) {
  if (!settings.has("schedule") && settings.options_of("schedule").empty()) return {};
  constexpr OperationKind kind = OperationKind::schedule;
  const auto parts_in = [&](const OpConfig& config) { return parts_of<PaceOptions>(kind, config, semantics); };
  const OpConfig config = operation_setting(settings, kind, "schedule", "constant", parts_in);
  const auto parts = parts_in(config);
  check_dependents(settings, "schedule", config, parts.shared.warmup == 0);
  const ScheduleSetting setting{ScheduleConfig(complete_operation(kind, parts.rule, semantics)), parts.shared};
  check_schedule(setting.schedule, setting.pace, optimizer, semantics);
  return setting;
}

std::vector<CallbackConfig> callback_settings(const Settings& settings, Semantics semantics, bool stops) {
  std::vector<CallbackConfig> callbacks;
  for (const Operation& callback : operations(OperationKind::callback)) {
    if (callback.flag.empty()) continue;
    const auto options = settings.options_of(callback.flag);
    if (!settings.boolean(callback.flag, !options.empty() || (stops && callback.name == EarlyStopping::op))) continue;
    OpConfig config{std::string(callback.name)};
    for (const auto& [option, setting] : options) {
      if (option != "path") require_utf8(*setting);  // names of files may be any bytes
      OpConfig alone(config.op);
      alone.options[option] = config.options[option] = value_of(*setting);
      setting->located([&] { check_operation(OperationKind::callback, alone); });
    }
    callbacks.emplace_back(complete_operation(OperationKind::callback, config, semantics));
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
  // With [outputs.NAME] the graph has more than one end.
  if (!settings.has("outputs")) setting->located([&] { static_cast<void>(ordered(graph)); });
  return graph;
}

namespace {

// In a configuration file a metric may be a table: { op = "auc", curve = "pr" }.
std::vector<std::string> metric_texts(const Settings& settings, const Setting& setting) {
  if (!setting.list) return settings.names("metrics");
  std::vector<std::string> texts;
  for (const Entry& entry : *setting.list)
    texts.push_back(entry.op.options.empty() ? entry.op.op : full_text(entry.op));
  return texts;
}

}  // namespace

std::vector<MetricConfig> metric_settings(const Settings& settings) {
  const Setting* const setting = settings.find("metrics");
  if (setting == nullptr) return {};
  require_utf8(*setting);
  const std::vector<std::string> metrics = metric_texts(settings, *setting);
  setting->located([&] {
    std::vector<OpConfig> seen;
    for (const std::string& metric : metrics) {
      const OpConfig config = read_operation(OperationKind::metric, metric);
      check_operation(OperationKind::metric, config);
      // An alias, or a default that is written out, gives the same metric.
      seen.push_back(complete_operation(OperationKind::metric, config));
      if (std::count(seen.begin(), seen.end(), seen.back()) > 1)
        setting->fail_with("'" + metric + "' is given twice, expected different metrics");
    }
  });
  return {metrics.begin(), metrics.end()};
}

}  // namespace millrace::cli
