// SPDX-License-Identifier: Apache-2.0
#include "step/sum_way.hpp"

#include <algorithm>

namespace millrace {

namespace {

// With 2, the sums of a bucket are computed while the nodes of the next one travel.
constexpr std::int64_t most_delay = 2;
// Enough that the link is never idle between two looks at the messages.
constexpr std::int64_t most_ahead = 8;
// That travel in about the time in which an exchange begins and ends, at 10 Gb/s.
constexpr double bytes_of_an_exchange = 16 << 10;

}  // namespace

SumWay way_of_sum(std::int64_t ranks, std::int64_t most_nodes, std::int64_t bytes_of_bucket, std::int64_t buckets) {
  const auto others = static_cast<double>(ranks - 1), nodes = static_cast<double>(most_nodes);
  const double copies = nodes * others, copies_in_parts = (nodes + 1) * others / static_cast<double>(ranks);
  if ((copies - copies_in_parts) * static_cast<double>(bytes_of_bucket) <= bytes_of_an_exchange)
    return {.by_all = true, .delay = 0, .ahead = most_ahead};
  const std::int64_t delay = std::min(most_delay, buckets);
  return {.by_all = false, .delay = delay, .ahead = delay};
}

}  // namespace millrace
