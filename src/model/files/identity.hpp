// SPDX-License-Identifier: Apache-2.0
//
// What must be the same for a resumed run to be the run that was interrupted: model, options that matter, rows.
#pragma once

#include <string>

#include "model/state.hpp"

namespace millrace {

/// As JSON. `validation` may be null.
[[nodiscard]] std::string run_identity(const Model::State& state, const Dataset& training, const Dataset* validation,
                                       const FitOptions& options);
/// The first place where two identities differ, with both: "seed (1 in the checkpoint, 2 now)"; empty: nowhere.
[[nodiscard]] std::string identity_difference(const std::string& then, const std::string& now);

}  // namespace millrace
