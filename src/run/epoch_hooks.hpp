// SPDX-License-Identifier: Apache-2.0
//
// Functions that a run calls around the steps of each epoch. The model provides them for rows that change with the epoch.
#pragma once

#include <cstdint>
#include <functional>

namespace millrace {

struct EpochHooks {
  std::function<void(std::uint64_t epoch)> begin;  ///< before the first step, also of a resumed epoch; may be empty
  std::function<void()> end;                       ///< after the last step; may be empty
};

}  // namespace millrace
