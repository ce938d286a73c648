// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/command.hpp"

#include <algorithm>

namespace millrace::cli {

const Flag* Command::find_flag(std::string_view flag) const {
  const auto found = std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return f.name == flag; });
  return found == flags.end() ? nullptr : &*found;
}

}  // namespace millrace::cli
