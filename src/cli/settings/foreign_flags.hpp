// SPDX-License-Identifier: Apache-2.0
//
// Flags as users of other programs know them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/settings/command.hpp"

namespace millrace::cli {

/// Of Keras, PyTorch, scikit-learn, LightGBM, pandas and usual command lines.
struct ForeignFlag {
  std::string_view name;
  std::string_view own;        ///< what to type, the flag first
  std::string_view more = {};  ///< what follows it in the message
};
[[nodiscard]] std::span<const ForeignFlag> foreign_flags();

/// What this command has for a flag of other programs, as one would type it: "--early-stopping.patience 10" for
/// "patience". Empty: nothing is known.
[[nodiscard]] std::string own_flag(const Command& command, std::string_view foreign);

}  // namespace millrace::cli
