// SPDX-License-Identifier: Apache-2.0
//
// The identity of a run: model, rows and the options that change its result. A run is resumed only with the same one.
#pragma once

#include <string>

#include "model/state.hpp"

namespace millrace {

/// As JSON. `validation` may be null.
[[nodiscard]] std::string run_identity(const Model::State& state, const Dataset& training, const Dataset* validation,
                                       const FitOptions& options);
/// The first difference between two identities, with both values: "seed (1 in the checkpoint, 2 now)"; empty if they
/// are equal.
[[nodiscard]] std::string identity_difference(const std::string& then, const std::string& now);

}  // namespace millrace
