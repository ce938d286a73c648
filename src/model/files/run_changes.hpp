// SPDX-License-Identifier: Apache-2.0
//
// What differs between the run in a checkpoint and the one that resumes it, and what going on would mean.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace millrace {

/// What it means to go on with another value of a key of the identity, or of its model.
struct ChangeMeaning {
  const char* key;
  const char* text;
  bool restarts_epoch = false;     ///< the batches of an epoch that has begun are others now
  bool forgets_rate = false;       ///< a rate that Model::set_learning_rate() has set holds no longer
  bool forgets_curvature = false;  ///< so do the pairs of L-BFGS
};

struct RunChange {
  std::string difference;                  ///< "batch size (32 in the checkpoint, 64 now)"
  std::string record;                      ///< for the history of the run: "batch size (32 before, 64 from then on)"
  const ChangeMeaning* meaning = nullptr;  ///< null: a run cannot go on with the new value
};

/// The differences between two identities (identity.hpp) but for kernels, in the order in which messages name them.
[[nodiscard]] std::vector<RunChange> run_changes(const nlohmann::json& then, const nlohmann::json& now);

}  // namespace millrace
