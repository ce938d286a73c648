// SPDX-License-Identifier: Apache-2.0
//
// The results of a profile in the form in which History gives them to the user.
#pragma once

#include <vector>

#include "millrace/training.hpp"
#include "network/network.hpp"
#include "step/profile.hpp"

namespace millrace {

/// One entry for each phase that ran.
[[nodiscard]] std::vector<PhaseTime> phase_times(const Profile& profile);
/// One entry for each layer, in the order of the network.
[[nodiscard]] std::vector<LayerTime> layer_times(const Profile& profile, const Network& network);

}  // namespace millrace
