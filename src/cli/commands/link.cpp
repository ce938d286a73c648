// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/link.hpp"

#include <algorithm>
#include <span>

#include "base/stopwatch.hpp"

namespace millrace::cli {

namespace {

constexpr std::int64_t least_bytes = std::int64_t{1} << 20, most_bytes = std::int64_t{64} << 20;
constexpr double seconds_of_each = 0.5;

// Messages of one size between all ranks.
class Traffic {
 public:
  Traffic(Cluster& cluster, std::int64_t bytes) : cluster_(cluster), sent_(bytes), received_(bytes * cluster.size()) {}

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
    exchange(std::span(sent_), std::span(received_));
    return watch.seconds();
  }

  double slowest(double own) {
    std::vector<double> all(static_cast<std::size_t>(cluster_.size()), own);
    exchange(std::as_writable_bytes(std::span(&own, 1)), std::as_writable_bytes(std::span(all)));
    return *std::ranges::max_element(all);
  }

  // Sends the same bytes to every other rank, and puts what rank r sends into the r-th part of `received`.
  void exchange(std::span<const std::byte> own, std::span<std::byte> received) {
    std::vector<Cluster::Sent> out;
    std::vector<Cluster::Received> in;
    for (int rank = 0; rank < cluster_.size(); ++rank) {
      if (rank == cluster_.rank()) continue;
      out.push_back({rank, own});
      in.push_back({rank, received.subspan(static_cast<std::size_t>(rank) * own.size(), own.size())});
    }
    cluster_.exchange(out, in);
  }

  Cluster& cluster_;
  std::vector<std::byte> sent_, received_;
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

}  // namespace millrace::cli
