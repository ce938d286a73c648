// SPDX-License-Identifier: Apache-2.0
//
// Adds the gradients of all slices of a batch, in the order of the fixed tree (pairwise_tree.hpp), over the ranks that
// computed them, bucket by bucket (gradient_places.hpp), while the ranks compute. A rank first adds the nodes of the tree
// that it owns whole. Then every rank gets the whole bucket from all nodes and adds them, or, where that would send more
// (sum_way.hpp), it gets and adds its own part of the bucket, and sends the sum to the others. Exchange number i carries the
// nodes of bucket i and the sums of an earlier bucket, so every rank starts the same exchanges in the same order.
#pragma once

#include <vector>

#include "base/buffer.hpp"
#include "kernels/bfloat16.hpp"
#include "step/gradient_places.hpp"
#include "step/pairwise_tree.hpp"
#include "step/phases.hpp"
#include "step/sum_way.hpp"

namespace millrace {

class GradientSum {
 public:
  /// most_owned: slices of a rank.
  GradientSum(const GradientPlaces& places, std::int64_t most_owned, Wire wire, Ranks& ranks);

  /// Where the gradient of owned slice number `index`, from 0, goes.
  [[nodiscard]] float* of_slice(std::int64_t index) { return slices_.numbers() + index * stride_; }

  /// A step in this order: begin(); add() for each bucket in turn, once the gradients of the owned slices are complete in
  /// it; advance() in between, and until all buckets have come.
  void begin(const SlicesOfRanks& shares);
  void add(const Phases& phases, std::int64_t bucket);
  /// Goes on with what has arrived. Returns how many buckets, from the first on, have their sums on this rank.
  [[nodiscard]] std::int64_t advance(const Phases& phases);
  /// The sum over all slices. It may be overwritten in the buckets that have come.
  [[nodiscard]] float* sum() { return ranks_->size() == 1 ? of_slice(0) : sum_.numbers(); }

 private:
  // Numbers, and what travels of them: the same memory, or its rounded copy.
  class Travelling {
   public:
    Travelling() = default;
    Travelling(std::int64_t count, Wire wire, bool travels = true)
        : numbers_(count), rounded_(travels && wire == Wire::bfloat16 ? pair_count(count) : 0), wire_(wire) {}
    [[nodiscard]] std::int64_t size() const { return numbers_.size(); }
    [[nodiscard]] float* numbers() { return numbers_.data(); }
    [[nodiscard]] std::span<std::byte> message(IndexRange range);
    /// For the range, which begins and ends with even numbers: before it is sent, and after it has been received.
    void pack(IndexRange range);
    void unpack(IndexRange range);

   private:
    [[nodiscard]] BfloatPair* rounded(std::int64_t at) {
      return reinterpret_cast<BfloatPair*>(rounded_.data()) + at / 2;
    }
    Buffer numbers_, rounded_;
    Wire wire_ = Wire::fp32;
  };
  struct Layout {
    const SlicesOfRanks* shares = nullptr;
    std::vector<std::vector<IndexRange>> nodes;  // by rank: the nodes that it owns
    std::int64_t from_others = 0;                // nodes
    SumWay way;
    std::int64_t most_own = 0;  // floats of this rank's part of a bucket
  };
  [[nodiscard]] const Layout& layout_of(const SlicesOfRanks& shares);
  /// The part of a bucket whose sum a rank computes.
  [[nodiscard]] IndexRange part(const SumWay& way, std::int64_t bucket, int rank) const;
  [[nodiscard]] IndexRange part(std::int64_t bucket, int rank) const { return part(layout_->way, bucket, rank); }
  /// Of received_: part() of this rank of received node number `index`, from 0. It is there until the bucket has been added.
  [[nodiscard]] IndexRange received(std::int64_t bucket, std::int64_t index) const;
  /// Place of a node in slices_.
  [[nodiscard]] std::int64_t first_of(IndexRange node) const {
    return (node.begin - layout_->shares->owned().begin) * stride_;
  }
  void add_parts_of(const Phases& phases, IndexRange node, IndexRange floats, float* to) const;
  void add_part(const Phases& phases, std::int64_t bucket);
  template <class Use>
  void for_pieces(const Phases& phases, IndexRange range, const Use& use) const;
  void take_sums(const Phases& phases, std::int64_t bucket);
  void start(std::int64_t exchange);

  const GradientPlaces* places_;
  Ranks* ranks_;
  Wire wire_;
  std::int64_t stride_, buckets_;
  Travelling slices_;               // [owned slices x stride]; the sum of a node takes the place of its first slice
  Travelling received_;             // [buckets that are under way x nodes of other ranks x own part]
  Travelling sum_;                  // [stride]
  std::vector<Layout> layouts_;     // for full batches and for the last one
  std::vector<SliceSum> parts_;     // that are added
  const Layout* layout_ = nullptr;  // of this step
  BucketPipeline pipeline_;
};

}  // namespace millrace
