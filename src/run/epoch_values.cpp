// SPDX-License-Identifier: Apache-2.0
#include "run/epoch_values.hpp"

#include <algorithm>
#include <cmath>

#include "millrace/catalogue.hpp"

namespace millrace {

namespace {

const MetricConfig* metric_named(std::string_view name, const std::vector<MetricConfig>& metrics) {
  const std::vector<std::string> names = metric_names(metrics);
  const auto at = std::ranges::find(names, name);
  return at == names.end() ? nullptr : &metrics[static_cast<std::size_t>(at - names.begin())];
}

// "accuracy" of the only output, or "kind_accuracy" of the output called kind. Null: no metric has this name.
const MetricConfig* metric_of(std::string_view name, const CompileOptions& compiled) {
  if (const MetricConfig* const metric = metric_named(name, compiled.metrics)) return metric;
  for (const OutputOptions& output : compiled.outputs) {
    const std::string prefix = output.output + "_";
    if (!name.starts_with(prefix)) continue;
    if (const MetricConfig* const metric = metric_named(name.substr(prefix.size()), output.metrics)) return metric;
  }
  return nullptr;
}

}  // namespace

double value_in(const Epoch& epoch, std::string_view column) {
  for (const auto& [name, value] : epoch.values()) {
    if (name == column) return value;
  }
  return std::nan("");
}

bool larger_is_better_in(const std::string& column, const CompileOptions& compiled) {
  const std::string_view name =
      metric_in(column, [&](std::string_view each) { return metric_of(each, compiled) != nullptr; });
  const MetricConfig* const metric = metric_of(name, compiled);
  return metric != nullptr && larger_is_better(*metric);
}

bool BestEpoch::add(const Epoch& epoch) {
  const double value = value_in(epoch, watched_.name);
  if (std::isnan(value)) return false;
  if (number_ > 0 && !(watched_.larger_is_better ? value > value_ : value < value_)) return false;
  number_ = epoch.number;
  value_ = value;
  return true;
}

std::optional<BestEpoch> best_of(std::span<const Epoch> epochs, const WatchedValue& watched) {
  BestEpoch best(watched);
  for (const Epoch& epoch : epochs) best.add(epoch);
  return best.number() > 0 ? std::optional(best) : std::nullopt;
}

}  // namespace millrace
