// SPDX-License-Identifier: Apache-2.0
#include "cluster/link.hpp"

#include <algorithm>
#include <span>

#include "base/median.hpp"
#include "base/stopwatch.hpp"
#include "cluster/tcp_cost.hpp"
#include "step/ranks.hpp"
#include "step/sum_way.hpp"

namespace millrace {

namespace {

constexpr std::int64_t least_bucket = std::int64_t{64} << 10, least_bytes = std::int64_t{1} << 20,
                       most_bytes = std::int64_t{64} << 20;
constexpr double seconds_of_each = 0.4;
constexpr int least_times = 3, most_times = 200;

// Arithmetic that takes about as long as a short job of a step.
class Work {
 public:
  Work() {
    std::vector<double> times;
    for (int i = 0; i < most_times; ++i) {
      const Stopwatch watch;
      run();
      times.push_back(watch.seconds());
    }
    seconds_ = median(times);
  }
  void run() {
    for (int i = 0; i < 20000; ++i) sum_ = sum_ * 0.999 + i;
  }
  /// Of run(), if nothing disturbs it.
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  volatile double sum_ = 0;
  double seconds_ = 0;
};

// The exchanges of a step, with messages of one size from each rank to every other one.
class Traffic {
 public:
  Traffic(Cluster& cluster, std::int64_t bytes_of_message, std::int64_t exchanges, std::int64_t ahead)
      : ranks_(&cluster),
        bytes_(bytes_of_message),
        exchanges_(exchanges),
        ahead_(std::min(ahead, exchanges)),
        memory_(static_cast<std::size_t>(2 * ahead_ * bytes_of_message * cluster.size())) {}

  /// Of one rank in a step.
  [[nodiscard]] double bytes_sent() const { return static_cast<double>(bytes_ * exchanges_ * (ranks_.size() - 1)); }

  /// The median of what once() returns each time, of the slowest rank.
  template <class Use>
  double measure(const Use& once) {
    static_cast<void>(once());  // makes the connections
    const Stopwatch watch;
    std::vector<double> all{once()};
    const double first = ranks_.most(watch.seconds());
    const auto times = static_cast<int>(std::clamp<double>(seconds_of_each / first, least_times, most_times));
    while (std::ssize(all) < times) all.push_back(once());
    return ranks_.most(median(all));
  }

  /// Seconds of a step's exchanges for a rank that only waits for them.
  double wait() {
    const Stopwatch watch;
    carry([&] { ranks_.wait(); });
    return watch.seconds();
  }

  /// Seconds that they take of the time of a rank that works meanwhile.
  double disturb(Work& work) {
    const Stopwatch watch;
    std::int64_t done = 0;
    carry([&] {
      work.run();
      ++done;
    });
    return std::max(0.0, watch.seconds() - static_cast<double>(done) * work.seconds());
  }

 private:
  // Calls meanwhile() again and again until all exchanges have ended.
  template <class Use>
  void carry(const Use& meanwhile) {
    for (std::int64_t started = 0;;) {
      const std::int64_t ended = started - ranks_.under_way();
      if (ended == exchanges_) return;
      for (; started < exchanges_ && started < ended + ahead_; ++started) start(started % ahead_);
      meanwhile();
    }
  }

  void start(std::int64_t place) {
    for (int rank = 0; rank < ranks_.size(); ++rank) {
      if (rank == ranks_.rank()) continue;
      const std::int64_t first = 2 * (place * ranks_.size() + rank) * bytes_;
      ranks_.send(rank, std::span(memory_).subspan(first, bytes_));
      ranks_.receive(rank, std::span(memory_).subspan(first + bytes_, bytes_));
    }
    ranks_.start();
  }

  Ranks ranks_;
  std::int64_t bytes_, exchanges_, ahead_;
  std::vector<std::byte> memory_;  // of the exchanges that are under way
};

}  // namespace

std::vector<Link> usual_links() {
  const TcpCost cost = tcp_cost();
  std::vector<Link> links;
  for (const double gigabits : {1, 10, 100})
    links.push_back({.gigabits = gigabits, .byte = cost.byte, .message = cost.message});
  return links;
}

Link measure_link(Cluster& cluster, std::int64_t bytes, std::int64_t buckets) {
  const std::int64_t ranks = cluster.size(), bucket = std::clamp(bytes / buckets, least_bucket, most_bytes),
                     exchanges = std::clamp(bytes, least_bytes, most_bytes) / bucket;
  const SumWay way = way_of_sum(ranks, 1, bucket, exchanges);
  Traffic shortest(cluster, 8, 1, 1), step(cluster, way.by_all ? bucket : 2 * bucket / ranks, exchanges, way.ahead);
  Link link{.is_measured = true};
  link.exchange = shortest.measure([&] { return shortest.wait(); });
  const double seconds = step.measure([&] { return step.wait(); });
  Work work;
  link.message = shortest.measure([&] { return shortest.disturb(work); }) / static_cast<double>(ranks - 1);
  const double of_messages = link.message * static_cast<double>(exchanges * (ranks - 1));
  link.byte = std::max(0.0, step.measure([&] { return step.disturb(work); }) - of_messages) / step.bytes_sent();
  link.gigabits = step.bytes_sent() * 8e-9 / std::max(seconds - link.exchange, seconds / 2);
  return link;
}

}  // namespace millrace
