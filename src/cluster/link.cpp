// SPDX-License-Identifier: Apache-2.0
#include "cluster/link.hpp"

#include <algorithm>
#include <span>

#include "base/stopwatch.hpp"
#include "step/ranks.hpp"

namespace millrace {

namespace {

constexpr std::int64_t least_bytes = std::int64_t{1} << 20, most_bytes = std::int64_t{64} << 20;
constexpr double seconds_of_each = 0.5;

// Messages of one size, the same from each rank to every other one.
class Traffic {
 public:
  Traffic(Cluster& cluster, std::int64_t bytes)
      : ranks_(&cluster),
        messages_(static_cast<std::size_t>(bytes * cluster.size())),
        seconds_(static_cast<std::size_t>(cluster.size())) {
    for (std::int64_t rank = 0; rank < cluster.size(); ++rank) {
      of_messages_.push_back({rank * bytes, (rank + 1) * bytes});
      of_seconds_.push_back({rank, rank + 1});
    }
  }

  // Seconds of an exchange; the value of the slowest rank.
  double measure() {
    static_cast<void>(timed());  // makes the connections
    const double once = slowest(timed());
    const auto times = static_cast<std::int64_t>(std::clamp(seconds_of_each / once, 3.0, 200.0));
    std::vector<double> all;
    for (std::int64_t i = 0; i < times; ++i) all.push_back(timed());
    std::nth_element(all.begin(), all.begin() + times / 2, all.end());
    return slowest(all[times / 2]);
  }

 private:
  double timed() {
    const Stopwatch watch;
    ranks_.gather(std::span(messages_), of_messages_);
    return watch.seconds();
  }

  double slowest(double own) {
    seconds_[ranks_.rank()] = own;
    ranks_.gather(std::span(seconds_), of_seconds_);
    return *std::ranges::max_element(seconds_);
  }

  Ranks ranks_;
  std::vector<std::byte> messages_;
  std::vector<double> seconds_;
  std::vector<IndexRange> of_messages_, of_seconds_;  // by rank
};

}  // namespace

std::vector<Link> usual_links() { return {{.gigabits = 1}, {.gigabits = 10}, {.gigabits = 100}}; }

Link measure_link(Cluster& cluster, std::int64_t bytes) {
  const std::int64_t message = std::clamp(bytes, least_bytes, most_bytes) / cluster.size();
  Link link{.exchange = Traffic(cluster, 8).measure(), .is_measured = true};
  const double seconds = Traffic(cluster, message).measure();
  const auto sent = static_cast<double>(message * (cluster.size() - 1));
  link.gigabits = sent * 8e-9 / std::max(seconds - link.exchange, seconds / 2);
  return link;
}

}  // namespace millrace
