// SPDX-License-Identifier: Apache-2.0
//
// A cluster within one process: each rank is a thread of the caller.
#pragma once

#include <memory>
#include <vector>

#include "millrace/cluster.hpp"

namespace millrace::test {

/// One Cluster for each rank; each is used by one thread.
[[nodiscard]] std::vector<std::unique_ptr<Cluster>> cluster_of_threads(int ranks);

}  // namespace millrace::test
