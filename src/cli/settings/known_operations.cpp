// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/known_operations.hpp"

#include "base/option_text.hpp"
#include "cli/screen/wrap.hpp"
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

// "name    what it is"
std::string entry(std::string_view name, std::string_view explanation) {
  const std::size_t blanks = name.size() < help_column - 2 ? help_column - 2 - name.size() : 1;
  return "  " + std::string(name) + std::string(blanks, ' ') + std::string(explanation) + "\n";
}

// "        (units=0, activation=linear)"
std::string options_text(const std::vector<OptionInfo>& options) {
  std::string text;
  for (const OptionInfo& option : options) {
    text += (text.empty() ? "(" : ", ") + std::string(option.name) + "=" + value_text(option.fallback);
  }
  return text.empty() ? "" : std::string(help_column, ' ') + wrap(text + ")", help_width, help_column) + "\n";
}

template <class Table>
std::string table_text(const std::string& title, const Table& table) {
  std::string text = title + "\n";
  for (const auto& row : table) text += entry(row.name, row.summary) + options_text(row.options(Semantics::keras));
  return text;
}

std::string callbacks_text() {
  std::string text = "What acts on a run (--NAME, --NAME.OPTION):\n";
  for (const CallbackRow& row : callback_table()) {
    if (!row.flag.empty()) text += entry(row.flag, row.summary) + options_text(row.options(Semantics::keras));
  }
  return text;
}

}  // namespace

std::string known_operations() {
  return table_text("Layers (--layers):", layer_table()) + entry("UNITS[:ACTIVATION]", "a dense layer") +
         table_text("Activations:", activation_table()) + table_text("Initializers:", initializer_table()) +
         table_text("Losses (--loss):", loss_table()) + table_text("Optimizers (--optimizer):", optimizer_table()) +
         entry("all of them", "also take") + options_text(describe_options<UpdateOptions>(Semantics::keras)) +
         table_text("Schedules (--schedule):", schedule_table()) + entry("all of them", "also take") +
         options_text(describe_options<PaceOptions>(Semantics::keras)) + callbacks_text() +
         table_text("Metrics (--metrics):", metric_table());
}

}  // namespace millrace::cli
