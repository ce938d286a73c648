// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/known_operations.hpp"

#include <algorithm>

#include "base/option_text.hpp"
#include "millrace/updates.hpp"
#include "ops/activations/activation.hpp"
#include "ops/initializers/initializer.hpp"
#include "ops/layers/layer.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "ops/schedules/schedule.hpp"
#include "run/callbacks/callback.hpp"

namespace millrace::cli {

namespace {

void add_options(KnownOperations& known, const std::vector<OptionInfo>& options) {
  for (const OptionInfo& option : options) {
    const auto same_name = [&](const OptionInfo& other) { return other.name == option.name; };
    if (std::none_of(known.options.begin(), known.options.end(), same_name)) known.options.push_back(option);
  }
}

template <class Table>
KnownOperations known_in(const Table& table) {
  KnownOperations known;
  for (const auto& row : table) {
    known.names.push_back(row.name);
    add_options(known, row.options(Semantics::keras));
  }
  return known;
}

// "units=0, activation=linear"
std::string options_text(const std::vector<OptionInfo>& options) {
  std::string text;
  for (const OptionInfo& option : options) {
    const std::string fallback = value_text(option.fallback);
    text += (text.empty() ? "" : ", ") + std::string(option.name) + "=" + (fallback.empty() ? "''" : fallback);
  }
  return text;
}

template <class Row>
HelpSection::Entry entry_of(std::string_view name, const Row& row) {
  return {std::string(name), std::string(row.summary), options_text(row.options(Semantics::keras))};
}

template <class Table>
HelpSection section_of(const std::string& title, const Table& table) {
  HelpSection section{title};
  for (const auto& row : table) section.entries.push_back(entry_of(row.name, row));
  return section;
}

// With the options that every operation of the table has.
template <class Common, class Table>
HelpSection section_with(const std::string& title, const Table& table) {
  HelpSection section = section_of(title, table);
  section.entries.push_back(
      {"any of them", "has these options too", options_text(describe_options<Common>(Semantics::keras))});
  return section;
}

HelpSection layers_section() {
  HelpSection section = section_of("Layers (--layers)", layer_table());
  section.entries.push_back({"UNITS[:ACTIVATION]", "a dense layer"});
  return section;
}

HelpSection callbacks_section() {
  HelpSection section{"Callbacks, which act after every epoch (--NAME, --NAME.OPTION VALUE)"};
  for (const CallbackRow& row : callback_table()) {
    if (!row.flag.empty()) section.entries.push_back(entry_of(row.flag, row));
  }
  return section;
}

}  // namespace

KnownOperations known_layers() {
  KnownOperations known = known_in(layer_table());
  for (const ActivationRow& row : activation_table()) known.names.push_back(row.name);
  return known;
}

KnownOperations known_losses() { return known_in(loss_table()); }

KnownOperations known_metrics() { return known_in(metric_table()); }

KnownOperations known_optimizers() {
  KnownOperations known = known_in(optimizer_table());
  add_options(known, describe_options<UpdateOptions>(Semantics::keras));
  return known;
}

KnownOperations known_schedules() {
  KnownOperations known = known_in(schedule_table());
  add_options(known, describe_options<PaceOptions>(Semantics::keras));
  return known;
}

std::vector<HelpSection> operations_help() {
  return {
      {"Operations",
       "An operation is written NAME, NAME:VALUE or NAME:OPTION=VALUE, with as many parts as needed. Each name below "
       "is followed by its options with their defaults; a VALUE without a name sets the next of them."},
      layers_section(),
      section_of("Activations", activation_table()),
      section_of("Initializers", initializer_table()),
      section_of("Losses (--loss, --loss.OPTION VALUE)", loss_table()),
      section_with<UpdateOptions>("Optimizers (--optimizer, --optimizer.OPTION VALUE)", optimizer_table()),
      section_with<PaceOptions>("Schedules (--schedule, --schedule.OPTION VALUE)", schedule_table()),
      callbacks_section(),
      section_of("Metrics (--metrics)", metric_table())};
}

}  // namespace millrace::cli
