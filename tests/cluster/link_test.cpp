// SPDX-License-Identifier: Apache-2.0
#include "cluster/link.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "cluster/ranks_of_threads.hpp"
#include "table/storage/resident.hpp"

namespace millrace::test {
namespace {

TEST(Link, AllRanksMeasureTheSame) {
  std::vector<Link> links(3);
  EXPECT_EQ(for_ranks(3, [&](Cluster& cluster) { links[cluster.rank()] = measure_link(cluster, 1 << 20, 4); }),
            (std::vector<std::string>{"", "", ""}));
  for (const Link& each : links) {
    EXPECT_TRUE(each.is_measured);
    EXPECT_GT(each.gigabits, 0);
    EXPECT_GT(each.exchange, 0);
    EXPECT_EQ(each.gigabits, links[0].gigabits);
    EXPECT_EQ(each.byte, links[0].byte);
  }
}

TEST(Link, UsualOnesHaveWhatTcpTakesHere) {
  const std::vector<Link> links = usual_links();
  ASSERT_EQ(links.size(), 3U);
  for (const Link& each : links) {
    EXPECT_GT(each.byte, 0);
    EXPECT_LT(each.byte, 1e-6);
    EXPECT_GT(each.message, 0);
    EXPECT_LT(each.message, 1e-3);
  }
}

// Sees how much memory the process has when messages begin to travel.
class Watched final : public Cluster {
 public:
  explicit Watched(Cluster& cluster) : cluster_(&cluster) {}
  [[nodiscard]] std::int64_t most() const { return most_; }

  int rank() const override { return cluster_->rank(); }
  int size() const override { return cluster_->size(); }
  std::string host() const override { return cluster_->host(); }
  void exchange(std::span<const Sent> sent, std::span<const Received> received) override {
    cluster_->exchange(sent, received);
  }
  void start(std::span<const Sent> sent, std::span<const Received> received) override {
    most_ = std::max(most_, ResidentMemory().bytes());
    cluster_->start(sent, received);
  }
  std::int64_t under_way() override { return cluster_->under_way(); }
  bool leave(const Error& error) noexcept override { return cluster_->leave(error); }

 private:
  Cluster* cluster_;
  std::int64_t most_ = 0;
};

TEST(Link, TakesMemoryForTheMessagesOfOneStep) {
  constexpr std::int64_t mebibyte = std::int64_t{1} << 20;
  const std::int64_t before = ResidentMemory().bytes();
  std::vector<std::int64_t> most(2);
  EXPECT_EQ(for_ranks(2,
                      [&](Cluster& cluster) {
                        Watched watched(cluster);
                        static_cast<void>(measure_link(watched, 8 * mebibyte, 1));
                        most[cluster.rank()] = watched.most();
                      }),
            (std::vector<std::string>{"", ""}));
  // A bucket sent to each rank and one received from it, for each of the two ranks, are 64 MiB; the messages that wait for
  // their receivers and a sanitizer's freed memory come on top.
  EXPECT_LT(*std::ranges::max_element(most) - before, 400 * mebibyte);
}

}  // namespace
}  // namespace millrace::test
