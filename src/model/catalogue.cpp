// SPDX-License-Identifier: Apache-2.0
#include "millrace/catalogue.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
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

namespace millrace {

namespace {

// Calls use(rows, what) with the table of a kind and the kind's name in messages.
template <class Use>
auto with_table(OperationKind kind, const Use& use) {
  switch (kind) {
    case OperationKind::layer:
      return use(layer_table(), "layer");
    case OperationKind::activation:
      return use(activation_table(), "activation");
    case OperationKind::initializer:
      return use(initializer_table(), "initializer");
    case OperationKind::loss:
      return use(loss_table(), "loss");
    case OperationKind::metric:
      return use(metric_table(), "metric");
    case OperationKind::optimizer:
      return use(optimizer_table(), "optimizer");
    case OperationKind::schedule:
      return use(schedule_table(), "schedule");
    case OperationKind::callback:
      return use(callback_table(), "callback");
  }
  fail(ErrorKind::usage, "catalogue", "an unknown kind of operation, expected one of OperationKind");
}

// Calls use(row) with the row of this name.
template <class Use>
auto with_row(OperationKind kind, std::string_view name, const Use& use) {
  return with_table(kind, [&](const auto& table, const char* what) { return use(find_row(table, what, name)); });
}

std::vector<OperationOption> public_options(std::vector<OptionInfo> declared) {
  std::vector<OperationOption> options;
  for (OptionInfo& option : declared)
    options.push_back({option.name, std::move(option.fallback), option.help, option.range, option.type});
  return options;
}

template <class Row>
Operation operation_of(const Row& row, Semantics semantics) {
  Operation operation{
      .name = row.name, .aliases = {}, .summary = row.summary, .options = public_options(row.options(semantics))};
  if constexpr (requires { row.aliases; }) operation.aliases = row.aliases;
  if constexpr (requires { row.flag; }) {
    operation.flag = row.flag;
    operation.file = row.file;
  }
  return operation;
}

}  // namespace

std::vector<Operation> operations(OperationKind kind, Semantics semantics) {
  return with_table(kind, [&](const auto& table, const char*) {
    std::vector<Operation> all;
    for (const auto& row : table) all.push_back(operation_of(row, semantics));
    return all;
  });
}

Operation operation(OperationKind kind, std::string_view name, Semantics semantics) {
  return with_row(kind, name, [&](const auto& row) { return operation_of(row, semantics); });
}

std::vector<OperationOption> shared_options(OperationKind kind, Semantics semantics) {
  if (kind == OperationKind::optimizer) return public_options(describe_options<UpdateOptions>(semantics));
  if (kind == OperationKind::schedule) return public_options(describe_options<PaceOptions>(semantics));
  return {};
}

OpConfig read_operation(OperationKind kind, std::string_view text) {
  if (kind == OperationKind::layer) return parse_layer(text);  // "25:relu" is a dense layer
  OpConfig config = parse_op(text, [&](std::string_view name) {
    return with_row(kind, name, [](const auto& row) { return row.options(Semantics::keras); });
  });
  config.op = operation(kind, config.op).name;
  return config;
}

void check_operation(OperationKind kind, const OpConfig& given, Semantics semantics) {
  with_row(kind, given.op, [&](const auto& row) {
    if constexpr (requires { row.check(given); })
      row.check(given);
    else if constexpr (requires { row.make(given, semantics); })
      static_cast<void>(row.make(given, semantics));
    else if constexpr (requires { row.make(given); })
      static_cast<void>(row.make(given));
    else
      check_initializer(full_text(given));
  });
}

OpConfig complete_operation(OperationKind kind, const OpConfig& given, Semantics semantics) {
  return with_row(kind, given.op, [&](const auto& row) { return completed(given, row, semantics); });
}

std::string shortest_text(OperationKind kind, const OpConfig& given, Semantics semantics) {
  return with_row(kind, given.op, [&](const auto& row) { return shortest_text(given, row.options(semantics)); });
}

std::string shared_options_text(OperationKind kind, const OpConfig& given) {
  const bool update = kind == OperationKind::optimizer;
  const std::string text = shortest_text(given, update ? describe_options<UpdateOptions>(Semantics::keras)
                                                       : describe_options<PaceOptions>(Semantics::keras));
  return text.substr(std::min(text.size(), given.op.size() + 1));
}

std::string option_text(const OptionValue& value) { return value_text(value); }

void check_schedule(const ScheduleConfig& schedule, const PaceOptions& pace, const OptimizerConfig& optimizer,
                    Semantics semantics) {
  const double rate = make_optimizer(optimizer, semantics)->learning_rate();
  static_cast<void>(make_schedule(schedule, pace, {rate, 1, semantics}));
}

bool larger_is_better(const MetricConfig& metric) { return make_metric(metric)->larger_is_better(); }

bool needs_all_rows(const OptimizerConfig& optimizer) { return make_optimizer(optimizer)->line_search() != nullptr; }

}  // namespace millrace
