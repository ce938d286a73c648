// SPDX-License-Identifier: Apache-2.0
//
// The identity of a run: model, rows and the options that change its result. A run is resumed only with the same one, or
// with changes that allow it (run_changes.hpp).
#pragma once

#include <string>

#include "model/files/json_difference.hpp"
#include "model/state.hpp"

namespace millrace {

/// Keys of an identity.
namespace identity_key {
inline constexpr const char *model = "model", *kernels = "kernels", *callbacks = "callbacks";
inline constexpr const char *training_rows = "training rows", *validation_rows = "validation rows";
inline constexpr const char *scale = "training rows' scale", *evaluates_training = "evaluation of the training rows";
inline constexpr const char *seed = "seed", *batch_size = "batch size", *shuffle = "shuffle";
inline constexpr const char *class_weights = "class weights", *schedule_epochs = "epochs of the schedule";
inline constexpr const char *precision = "precision", *slices = "slices", *wire = "wire", *start = "start";
}  // namespace identity_key

/// As JSON. `validation` may be null.
[[nodiscard]] std::string run_identity(const Model::State& state, const Dataset& training, const Dataset* validation,
                                       const FitOptions& options);
/// Of a batch; 1 if the identity is empty or does not name them.
[[nodiscard]] std::int64_t slices_of_identity(const std::string& identity);
/// For json_difference() of two identities: whose they are, as the text says it.
[[nodiscard]] ComparedSides compared_identities(std::string first, std::string other);

}  // namespace millrace
