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
/// Of a batch; 1 if the identity is empty or does not name them.
[[nodiscard]] std::int64_t slices_of_identity(const std::string& identity);
/// The first difference between two identities other than kernels, with both values: "seed (1 in the checkpoint, 2
/// now)"; empty if there is none.
[[nodiscard]] std::string identity_difference(const std::string& then, const std::string& now);
/// The kernels of this process as an identity that holds nothing else. Options: FitOptions::kernels and gemm.
[[nodiscard]] std::string kernels_now(const std::string& kernels, const std::string& gemm);
/// Every difference between the kernels of two identities, in the same form.
[[nodiscard]] std::string kernel_difference(const std::string& then, const std::string& now);

}  // namespace millrace
