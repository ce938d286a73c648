// SPDX-License-Identifier: Apache-2.0
#include "run/callbacks/callback.hpp"

namespace millrace {

// One row for each callback, defined in the file of its name.
CallbackRow early_stopping_row();
CallbackRow reduce_on_plateau_row();
CallbackRow best_checkpoint_row();
CallbackRow csv_log_row();
CallbackRow json_log_row();
CallbackRow layer_log_row();
CallbackRow tensorboard_row();

std::span<const CallbackRow> callback_table() {
  static const std::vector<CallbackRow> table{early_stopping_row(), reduce_on_plateau_row(), best_checkpoint_row(),
                                              csv_log_row(),        json_log_row(),          layer_log_row(),
                                              tensorboard_row()};
  return table;
}

const CallbackRow& callback_row(std::string_view name) { return find_row(callback_table(), "callback", name); }

CallbackConfig parse_callback(const std::string& text) { return CallbackConfig(parse_named(text, &callback_row)); }

CallbackConfig resolved(const CallbackConfig& given) { return resolved(given, &parse_callback); }

std::vector<std::string> callback_names(std::span<const CallbackConfig> callbacks) {
  std::vector<std::string> names;
  std::map<std::string, int> count;
  for (const CallbackConfig& callback : callbacks) {
    const std::string name = resolved(callback).op;
    const int number = ++count[name];
    names.push_back(number == 1 ? name : name + "_" + std::to_string(number));
  }
  return names;
}

}  // namespace millrace
