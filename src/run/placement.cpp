// SPDX-License-Identifier: Apache-2.0
//
// Where the processes of a cluster run.
#include <unistd.h>

#include <algorithm>

#include "millrace/cluster.hpp"
#include "step/ranks.hpp"
#include "threads/cpu_budget.hpp"

namespace millrace {

std::vector<Placement> placement(Cluster& cluster) {
  Ranks ranks(&cluster);
  const std::vector<std::string> hosts = ranks.gather(cluster.host()), sets = ranks.gather(processor_set()),
                                 processes = ranks.gather(std::to_string(::getpid())),
                                 processors = ranks.gather(std::to_string(cpu_budget().processors)),
                                 limits = ranks.gather(std::to_string(cpu_budget().limit));
  std::vector<Placement> places;
  for (std::size_t rank = 0; rank < hosts.size(); ++rank) {
    Placement place{static_cast<int>(rank),      hosts[rank], std::stoll(processes[rank]),
                    std::stoi(processors[rank]), 0,           std::stoi(limits[rank])};
    for (std::size_t other = 0; other < hosts.size(); ++other)
      place.sharing += hosts[other] == hosts[rank] && sets[other] == sets[rank] ? 1 : 0;
    places.push_back(std::move(place));
  }
  return places;
}

}  // namespace millrace
