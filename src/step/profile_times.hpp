// SPDX-License-Identifier: Apache-2.0
//
// What a profile has measured, as a History has it.
#pragma once

#include <vector>

#include "millrace/training.hpp"
#include "network/network.hpp"
#include "step/profile.hpp"

namespace millrace {

/// Of the phases that have run.
[[nodiscard]] std::vector<PhaseTime> phase_times(const Profile& profile);
[[nodiscard]] std::vector<LayerTime> layer_times(const Profile& profile, const Network& network);

}  // namespace millrace
