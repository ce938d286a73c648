// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/known_operations.hpp"

#include <algorithm>
#include <utility>

#include "base/names.hpp"

namespace millrace::cli {

namespace {

void add_options(KnownOperations& known, std::vector<OperationOption> options) {
  for (OperationOption& option : options) {
    const auto same_name = [&](const OperationOption& other) { return other.name == option.name; };
    if (std::none_of(known.options.begin(), known.options.end(), same_name)) known.options.push_back(std::move(option));
  }
}

// "units=0, activation=linear"
std::string options_text(const std::vector<OperationOption>& options) {
  return join(options, ", ", [](const OperationOption& option) {
    const std::string fallback = option_text(option.fallback);
    return std::string(option.name) + "=" + (fallback.empty() ? "''" : fallback);
  });
}

HelpSection::Entry entry_of(std::string_view name, const Operation& operation) {
  return {std::string(name), std::string(operation.summary), options_text(operation.options)};
}

HelpSection section_of(const std::string& title, OperationKind kind) {
  HelpSection section{title};
  for (const Operation& operation : operations(kind)) section.entries.push_back(entry_of(operation.name, operation));
  if (const std::vector<OperationOption> shared = shared_options(kind); !shared.empty())
    section.entries.push_back({"any of them", "has these options too", options_text(shared)});
  return section;
}

HelpSection layers_section() {
  HelpSection section = section_of("Layers (--layers)", OperationKind::layer);
  section.entries.push_back({"UNITS[:ACTIVATION]", "a dense layer"});
  return section;
}

HelpSection callbacks_section() {
  HelpSection section{"Callbacks, which act after every epoch (--NAME, --NAME.OPTION VALUE)"};
  for (const Operation& callback : operations(OperationKind::callback)) {
    if (!callback.flag.empty()) section.entries.push_back(entry_of(callback.flag, callback));
  }
  return section;
}

}  // namespace

KnownOperations known_operations(OperationKind kind) {
  KnownOperations known;
  for (Operation& operation : operations(kind)) {
    known.names.push_back(operation.name);
    add_options(known, std::move(operation.options));
  }
  add_options(known, shared_options(kind));
  if (kind == OperationKind::layer) {
    for (const Operation& activation : operations(OperationKind::activation)) known.names.push_back(activation.name);
  }
  return known;
}

std::vector<HelpSection> operations_help() {
  return {
      {"Operations",
       "An operation is written NAME, NAME:VALUE or NAME:OPTION=VALUE, with as many parts as needed. Each name below "
       "is followed by its options with their defaults; a VALUE without a name sets the next of them."},
      layers_section(),
      section_of("Activations", OperationKind::activation),
      section_of("Initializers", OperationKind::initializer),
      section_of("Losses (--loss, --loss.OPTION VALUE)", OperationKind::loss),
      section_of("Optimizers (--optimizer, --optimizer.OPTION VALUE)", OperationKind::optimizer),
      section_of("Schedules (--schedule, --schedule.OPTION VALUE)", OperationKind::schedule),
      callbacks_section(),
      section_of("Metrics (--metrics)", OperationKind::metric)};
}

}  // namespace millrace::cli
