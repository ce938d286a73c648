// SPDX-License-Identifier: Apache-2.0
#include "cluster/made_once.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>

#include "cluster/ranks_of_threads.hpp"

namespace millrace::test {
namespace {

// A rank that says to be on one of several hosts.
class OnHost final : public Cluster {
 public:
  OnHost(Cluster& cluster, std::string host) : cluster_(cluster), host_(std::move(host)) {}
  int rank() const override { return cluster_.rank(); }
  int size() const override { return cluster_.size(); }
  std::string host() const override { return host_; }
  void exchange(std::span<const Sent> sent, std::span<const Received> received) override {
    cluster_.exchange(sent, received);
  }
  bool leave(const Error& error) noexcept override { return cluster_.leave(error); }

 private:
  Cluster& cluster_;
  std::string host_;
};

// Disks, by name, and who made the file on each.
struct Disks {
  std::mutex mutex;
  std::map<std::string, std::vector<int>> makers;

  void make_once_on(const std::string& disk, Cluster& cluster) {
    make_once(
        &cluster,
        [&] {
          const std::lock_guard lock(mutex);
          return makers.contains(disk);
        },
        [&] {
          const std::lock_guard lock(mutex);
          makers[disk].push_back(cluster.rank());
        });
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(makers.contains(disk)) << "rank " << cluster.rank() << " went on without the file";
  }
};

TEST(MadeOnce, Rank0MakesAFileThatAllSee) {
  Disks disks;
  for_ranks(4, [&](Cluster& rank) { disks.make_once_on("shared", rank); });
  EXPECT_EQ(disks.makers.at("shared"), std::vector<int>{0});
  for_ranks(4, [&](Cluster& rank) { disks.make_once_on("shared", rank); });
  EXPECT_EQ(disks.makers.at("shared").size(), 1U) << "it is there already";
}

TEST(MadeOnce, EachHostWithItsOwnDiskMakesItsOwn) {
  Disks disks;
  for_ranks(5, [&](Cluster& rank) {
    OnHost there(rank, rank.rank() < 3 ? "a" : "b");
    disks.make_once_on(there.host(), there);
  });
  EXPECT_EQ(disks.makers.at("a"), std::vector<int>{0});
  EXPECT_EQ(disks.makers.at("b"), std::vector<int>{3});
}

TEST(MadeOnce, OneProcessNeedsNoCluster) {
  int made = 0;
  make_once(
      nullptr, [&] { return made > 0; }, [&] { ++made; });
  make_once(
      nullptr, [&] { return made > 0; }, [&] { ++made; });
  EXPECT_EQ(made, 1);
}

TEST(MadeOnce, AnErrorEndsAllRanks) {
  const auto errors = for_ranks(3, [&](Cluster& rank) {
    make_once(
        &rank, [] { return false; }, [&] { throw Error(ErrorKind::data, "[csv] line 3 is cut off"); });
  });
  for (const std::string& error : errors) EXPECT_NE(error.find("line 3 is cut off"), std::string::npos) << error;
}

}  // namespace
}  // namespace millrace::test
