// SPDX-License-Identifier: Apache-2.0
#include "step/profile_times.hpp"

namespace millrace {

std::vector<PhaseTime> phase_times(const Profile& profile) {
  std::vector<PhaseTime> times;
  for (std::size_t i = 0; i < phase_names.size(); ++i) {
    const PhaseProfile& phase = profile.phases[i];
    if (phase.runs == 0) continue;
    times.push_back({std::string(phase_names[i]), phase.seconds, phase.runs, phase.jobs,
                     1 - phase.busy_seconds / phase.worker_seconds});
  }
  return times;
}

std::vector<LayerTime> layer_times(const Profile& profile, const Network& network) {
  std::vector<LayerTime> times;
  for (std::size_t n = 0; n < network.nodes().size(); ++n) {
    const LayerProfile layer = profile.layer(static_cast<int>(n));
    times.push_back({network.nodes()[n].name, layer.seconds[0], layer.seconds[1], layer.seconds[2], layer.seconds[3],
                     2e-9 * layer.multiply_adds});
  }
  return times;
}

}  // namespace millrace
