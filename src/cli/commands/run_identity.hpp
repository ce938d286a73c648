// SPDX-License-Identifier: Apache-2.0
//
// What decides the bits of a run, as a checkpoint has recorded it, for people.
#pragma once

#include <string>
#include <vector>

#include "model/files/checkpoint.hpp"

namespace millrace::cli {

struct IdentityFact {
  std::string key;    ///< its name in the checkpoint: "batch size"
  std::string title;  ///< the same for a page: "rows of a step"
  std::string text;
};

/// Seed, batches, precision and checksums of the first weights and the rows, then the kernels; the model's options are told
/// elsewhere. Empty: the checkpoint has no identity.
[[nodiscard]] std::vector<IdentityFact> identity_facts(const RunOrigin& origin);

}  // namespace millrace::cli
