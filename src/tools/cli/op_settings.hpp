// SPDX-License-Identifier: Apache-2.0
//
// Operations as settings say them: a name, the options behind it ("sgd:0.1"), and the dotted ones beside it
// (--optimizer.momentum 0.9). What exists is read from the tables of the operations, here and in help.
#pragma once

#include <string>
#include <vector>

#include "tools/cli/settings.hpp"

namespace millrace::cli {

/// "label-smoothing" to "label_smoothing": options may be written either way.
[[nodiscard]] std::string option_name(std::string_view written);

// All throw Error{usage} for unknown names, options and values, with the place in the configuration file.
/// Empty where neither loss nor an option of it is set.
[[nodiscard]] OpConfig loss_setting(const Settings& settings, Semantics semantics);
[[nodiscard]] OpConfig optimizer_setting(const Settings& settings, Semantics semantics);
/// Empty where no layers are set.
[[nodiscard]] std::vector<OpConfig> layer_settings(const Settings& settings, Semantics semantics);
[[nodiscard]] std::vector<std::string> metric_settings(const Settings& settings);

/// Every layer, activation, loss, optimizer and metric with its options and their defaults.
[[nodiscard]] std::string known_operations();

}  // namespace millrace::cli
