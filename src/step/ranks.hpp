// SPDX-License-Identifier: Apache-2.0
//
// What the processes of a cluster do together, made from Cluster::exchange(). Without a cluster there is one rank, and
// nothing travels.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/index.hpp"
#include "base/parts.hpp"
#include "millrace/cluster.hpp"

namespace millrace {

/// Which slices of a batch each rank owns.
struct SlicesOfRanks {
  std::int64_t slices = 1;
  std::vector<IndexRange> of_ranks;
  int rank = 0;  ///< this one

  SlicesOfRanks(std::int64_t slices_of_batch, int ranks, int own_rank) : slices(slices_of_batch), rank(own_rank) {
    for (int r = 0; r < ranks; ++r) of_ranks.push_back(even_part(slices, ranks, r));
  }
  [[nodiscard]] IndexRange owned() const { return of_ranks[rank]; }
};

class Ranks {
 public:
  /// cluster: null for one process.
  explicit Ranks(Cluster* cluster);

  [[nodiscard]] int rank() const { return cluster_ == nullptr ? 0 : cluster_->rank(); }
  [[nodiscard]] int size() const { return cluster_ == nullptr ? 1 : cluster_->size(); }

  /// Every rank has filled its own range of `values`, of_rank[rank], and gets those of the others. Allocates nothing.
  template <class Value>
  void gather(std::span<Value> values, std::span<const IndexRange> of_rank) {
    add_gather(values, of_rank);
    exchange();
  }
  /// The texts of all ranks.
  [[nodiscard]] std::vector<std::string> gather(const std::string& text);
  /// Whether any rank says yes.
  [[nodiscard]] bool any(bool yes);
  /// The smallest number of any rank, and the largest.
  template <class Value>
  [[nodiscard]] Value least(Value number) {
    return std::ranges::min(numbers_of_all(number));
  }
  template <class Value>
  [[nodiscard]] Value most(Value number) {
    return std::ranges::max(numbers_of_all(number));
  }
  /// What rank 0 says.
  [[nodiscard]] bool first(bool yes);

  /// Adds a message to those that exchange() sends and receives at once. Of no bytes, it does not travel.
  void send(int rank, std::span<const std::byte> bytes) {
    if (!bytes.empty()) sent_.push_back({rank, bytes});
  }
  void receive(int rank, std::span<std::byte> bytes) {
    if (!bytes.empty()) received_.push_back({rank, bytes});
  }
  /// Likewise the messages of gather().
  template <class Value>
  void add_gather(std::span<Value> values, std::span<const IndexRange> of_rank) {
    if (size() > 1) add_gather(std::as_writable_bytes(values), of_rank, sizeof(Value));
  }
  void exchange();
  /// As exchange(), but returns before the messages have arrived. They stay in their memory until then.
  void start();
  /// How many exchanges that were started have not ended. They end in their order.
  [[nodiscard]] std::int64_t under_way();
  /// Returns when one has ended since the last look.
  void wait();
  /// Between two jobs: lets exchanges go on, unless that has just been done.
  void go_on();
  /// Calls use(). After an error this rank leaves the cluster: the others would wait for it, and messages may lie in memory
  /// that the error takes away.
  template <class Use>
  auto leaving_on_error(const Use& use) -> decltype(use()) {
    try {
      return use();
    } catch (...) {
      leave();
      throw;
    }
  }

 private:
  template <class Value>
  [[nodiscard]] std::vector<Value> numbers_of_all(Value own) {
    std::vector<Value> numbers(static_cast<std::size_t>(size()), own);
    gather(std::span(numbers), one_each_);
    return numbers;
  }
  void add_gather(std::span<std::byte> bytes, std::span<const IndexRange> of_rank, std::size_t size_of_value);
  /// With the error that is being handled. One that is no Error is a lack of memory, or of a function of the caller's.
  void leave();

  Cluster* cluster_;
  std::vector<Cluster::Sent> sent_;
  std::vector<Cluster::Received> received_;
  std::vector<IndexRange> one_each_;
  std::vector<std::uint8_t> flags_;  // of the ranks
  std::int64_t under_way_ = 0;       // at the last look
  std::chrono::steady_clock::time_point last_look_{};
};

}  // namespace millrace
