// SPDX-License-Identifier: Apache-2.0
//
// What the processes of a cluster do together, made from Cluster::exchange(). Without a cluster there is one rank, and
// nothing travels.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/index.hpp"
#include "millrace/cluster.hpp"

namespace millrace {

class Ranks {
 public:
  /// cluster: null for one process.
  explicit Ranks(Cluster* cluster);

  [[nodiscard]] int rank() const { return cluster_ == nullptr ? 0 : cluster_->rank(); }
  [[nodiscard]] int size() const { return cluster_ == nullptr ? 1 : cluster_->size(); }

  /// Every rank has filled its own range of `values`, of_rank[rank], and gets those of the others. Allocates nothing.
  template <class Value>
  void gather(std::span<Value> values, std::span<const IndexRange> of_rank) {
    if (size() > 1) gather(std::as_writable_bytes(values), of_rank, sizeof(Value));
  }
  /// The texts of all ranks.
  [[nodiscard]] std::vector<std::string> gather(const std::string& text);
  /// Whether any rank says yes.
  [[nodiscard]] bool any(bool yes);
  /// What rank 0 says.
  [[nodiscard]] bool first(bool yes);

  /// Adds a message to those that exchange() sends and receives at once.
  void send(int rank, std::span<const std::byte> bytes) { sent_.push_back({rank, bytes}); }
  void receive(int rank, std::span<std::byte> bytes) { received_.push_back({rank, bytes}); }
  void exchange();

 private:
  void gather(std::span<std::byte> bytes, std::span<const IndexRange> of_rank, std::size_t size_of_value);

  Cluster* cluster_;
  std::vector<Cluster::Sent> sent_;
  std::vector<Cluster::Received> received_;
  std::vector<IndexRange> one_each_;
  std::vector<std::uint8_t> flags_;  // of the ranks
};

}  // namespace millrace
