// SPDX-License-Identifier: Apache-2.0
//
// What differs between the run in a checkpoint and the one that resumes it, and what going on would mean.
#pragma once

#include <string>
#include <vector>

namespace millrace {

struct RunChange {
  std::string difference;       ///< "batch size (32 in the checkpoint, 64 now)"
  std::string meaning;          ///< of going on with the new value; empty: a run cannot go on with it
  bool restarts_epoch = false;  ///< the batches of an epoch that has begun are others now
};

/// The differences between two identities (identity.hpp) but for kernels, in the order in which messages name them.
[[nodiscard]] std::vector<RunChange> run_changes(const std::string& then, const std::string& now);

}  // namespace millrace
