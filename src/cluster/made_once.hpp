// SPDX-License-Identifier: Apache-2.0
//
// A file that all processes of a cluster need, on one file system or on several.
#pragma once

#include <functional>

#include "millrace/cluster.hpp"

namespace millrace {

/// Calls make() unless is_there(), in one rank for all that see the same files: in rank 0, and then in the first rank of each
/// host that does not see what rank 0 made. All ranks call this at once; it returns when the file is there for all. cluster:
/// null for one process. Throws what make() throws, in the other ranks as the error of that rank.
void make_once(Cluster* cluster, const std::function<bool()>& is_there, const std::function<void()>& make);

}  // namespace millrace
