// SPDX-License-Identifier: Apache-2.0
//
// What ranks do together (step/ranks.hpp), over the cluster of threads that other tests use too.
#include "support/thread_cluster.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "step/ranks.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

template <class Use>
void for_ranks(int count, const Use& use) {
  const auto cluster = cluster_of_threads(count);
  std::vector<std::thread> threads;
  for (const auto& rank : cluster) threads.emplace_back([&] { use(*rank); });
  for (std::thread& thread : threads) thread.join();
}

TEST(ThreadCluster, RanksGatherWhatEachHas) {
  for_ranks(3, [](Cluster& cluster) {
    Ranks ranks(&cluster);
    const std::vector<IndexRange> ranges{{0, 2}, {2, 2}, {2, 5}};
    std::vector<int> values(5, -1);
    for (std::int64_t i = ranges[cluster.rank()].begin; i < ranges[cluster.rank()].end; ++i)
      values[i] = 10 * cluster.rank() + static_cast<int>(i);
    ranks.gather(std::span(values), ranges);
    EXPECT_EQ(values, (std::vector<int>{0, 1, 22, 23, 24}));
    EXPECT_EQ(ranks.gather(std::string(static_cast<std::size_t>(cluster.rank()), 'x')),
              (std::vector<std::string>{"", "x", "xx"}));
    EXPECT_TRUE(ranks.any(cluster.rank() == 2));
    EXPECT_FALSE(ranks.any(false));
    EXPECT_EQ(ranks.least(10 - cluster.rank()), 8);
    EXPECT_EQ(ranks.least(0.5 + cluster.rank()), 0.5);
    EXPECT_FALSE(ranks.first(cluster.rank() > 0));
    EXPECT_TRUE(ranks.first(cluster.rank() == 0));
  });
}

TEST(ThreadCluster, ExchangesThatWereStartedEndInTheirOrder) {
  for_ranks(2, [](Cluster& cluster) {
    Ranks ranks(&cluster);
    const int other = 1 - cluster.rank();
    constexpr int count = 20;
    std::vector<int> sent(count), received(count, -1);
    for (int i = 0; i < count; ++i) {
      sent[i] = 100 * cluster.rank() + i;
      ranks.send(other, std::as_bytes(std::span(&sent[i], 1)));
      ranks.receive(other, std::as_writable_bytes(std::span(&received[i], 1)));
      ranks.start();
      const std::int64_t ended = i + 1 - ranks.under_way();
      for (std::int64_t k = 0; k < ended; ++k) EXPECT_EQ(received[k], 100 * other + k);
    }
    while (ranks.under_way() > 0) std::this_thread::yield();
    for (int i = 0; i < count; ++i) EXPECT_EQ(received[i], 100 * other + i);
    EXPECT_TRUE(ranks.any(cluster.rank() == 1));
  });
}

// Before its messages lose their memory, so that the others hear of the error and not of garbage.
TEST(ThreadCluster, ARankWithAnErrorLeavesWhileItsMessagesAreThere) {
  for_ranks(2, [](Cluster& cluster) {
    Ranks ranks(&cluster);
    if (cluster.rank() == 0) {
      EXPECT_THROW(ranks.leaving_on_error([] { throw Error(ErrorKind::data, "[t.csv] is not there"); }), Error);
      return;
    }
    int value = 0;
    ranks.receive(0, std::as_writable_bytes(std::span(&value, 1)));
    ranks.start();
    expect_error(ErrorKind::data, {"[rank 0 on this host] [t.csv] is not there"}, [&] {
      while (ranks.under_way() > 0) std::this_thread::yield();
      return 0;
    });
  });
}

TEST(ThreadCluster, ProcessesOnOneSetOfProcessorsShareIt) {
  for_ranks(2, [](Cluster& cluster) {
    const std::vector<Placement> places = placement(cluster);
    ASSERT_EQ(places.size(), 2U);
    EXPECT_EQ(places[1].rank, 1);
    EXPECT_EQ(places[0].sharing, 2);
    EXPECT_EQ(places[0].host, "this host");
    EXPECT_GT(places[0].process, 0);
    EXPECT_EQ(places[0].threads(), std::max(1, places[0].processors / 2));
  });
}

TEST(ThreadCluster, ARankThatLeavesEndsTheOthers) {
  for_ranks(3, [](Cluster& cluster) {
    Ranks ranks(&cluster);
    if (cluster.rank() == 1) {
      cluster.leave(Error(ErrorKind::data, "[t.csv] is not there"));
      return;
    }
    expect_error(ErrorKind::data, {"[rank 1 on this host] [t.csv] is not there"}, [&] { return ranks.any(false); });
  });
}

TEST(ThreadCluster, WithoutOneNothingTravels) {
  Ranks ranks(nullptr);
  EXPECT_EQ(ranks.size(), 1);
  EXPECT_TRUE(ranks.any(true));
  EXPECT_EQ(ranks.gather(std::string("a")), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace millrace::test
