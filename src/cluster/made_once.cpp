// SPDX-License-Identifier: Apache-2.0
#include "cluster/made_once.hpp"

#include <algorithm>

#include "step/ranks.hpp"

namespace millrace {

void make_once(Cluster* cluster, const std::function<bool()>& is_there, const std::function<void()>& make) {
  Ranks ranks(cluster);
  const std::vector<std::string> hosts = ranks.gather(cluster == nullptr ? "" : cluster->host());
  const bool first_of_host = std::ranges::find(hosts, hosts[ranks.rank()]) - hosts.begin() == ranks.rank();
  // Nobody looks for the file before it was made: network file systems remember that it was not there.
  for (const bool turn : {ranks.rank() == 0, first_of_host}) {
    if (turn && !is_there()) make();
    static_cast<void>(ranks.any(false));  // waits for the others
  }
}

}  // namespace millrace
