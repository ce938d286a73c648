// SPDX-License-Identifier: Apache-2.0
//
// run_phase names, times and, in checked builds, verifies every phase of a step.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/crew.hpp"

namespace millrace {

enum class Phase { rows, coupled, weights, reduce, norms, update, average, constrain };
inline constexpr std::array<std::string_view, 8> phase_names{"rows",  "coupled", "weights", "reduce",
                                                             "norms", "update",  "average", "constrain"};

struct PhaseProfile {
  std::int64_t runs = 0, jobs = 0;
  double seconds = 0;
};

/// What --profile shows. Null where it is off: nothing is measured then.
struct Profile {
  std::array<PhaseProfile, phase_names.size()> phases{};
};

template <class Job>
void run_phase(Phase phase, Crew& crew, std::int64_t jobs, Profile* profile, const Job& job) {
  if (jobs == 0) return;
  if (profile == nullptr) {
    crew.phase(jobs, job);
    return;
  }
  const auto begin = std::chrono::steady_clock::now();
  crew.phase(jobs, job);
  PhaseProfile& entry = profile->phases[static_cast<std::size_t>(phase)];
  entry.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  entry.runs += 1;
  entry.jobs += jobs;
}

}  // namespace millrace
