// SPDX-License-Identifier: Apache-2.0
#include "step/gradient_sum.hpp"

#include <algorithm>

#include "step/weight_ranges.hpp"

namespace millrace {

std::span<std::byte> GradientSum::Travelling::message(IndexRange range) {
  auto* const first = wire_ == Wire::fp32 ? reinterpret_cast<std::byte*>(numbers_.data() + range.begin)
                                          : reinterpret_cast<std::byte*>(rounded(range.begin));
  return std::span(first, static_cast<std::size_t>(range.size() * bytes_of(wire_)));
}

void GradientSum::Travelling::pack(IndexRange range) {
  pair_columns(numbers_.data() + range.begin, 0, 1, range.size(), rounded(range.begin), 0, pair_kernel());
}

void GradientSum::Travelling::unpack(IndexRange range) {
  unpair(rounded(range.begin), range.size(), numbers_.data() + range.begin);
}

GradientSum::GradientSum(const GradientPlaces& places, std::int64_t most_owned, Wire wire, Ranks& ranks)
    : places_(&places),
      ranks_(&ranks),
      wire_(wire),
      stride_(places.floats()),
      buckets_(std::ssize(places.buckets())),
      slices_(stride_ * std::max<std::int64_t>(1, most_owned), wire, ranks.size() > 1) {
  if (ranks.size() > 1) sum_ = Travelling(stride_, wire);
}

// Whole cache lines, so that workers of different parts write to none together.
IndexRange GradientSum::part(const SumWay& way, std::int64_t bucket, int rank) const {
  const IndexRange floats = places_->buckets()[bucket].floats;
  if (way.by_all) return floats;
  const IndexRange lines = even_part(ceil_div(floats.size(), cache_line_floats), ranks_->size(), rank);
  return {floats.begin + lines.begin * cache_line_floats,
          std::min(floats.end, floats.begin + lines.end * cache_line_floats)};
}

IndexRange GradientSum::received(std::int64_t bucket, std::int64_t index) const {
  const std::int64_t size = part(bucket, ranks_->rank()).size();
  const std::int64_t first = bucket % layout_->way.ahead * layout_->from_others * layout_->most_own + index * size;
  return {first, first + size};
}

const GradientSum::Layout& GradientSum::layout_of(const SlicesOfRanks& shares) {
  for (const Layout& known : layouts_)
    if (known.shares == &shares) return known;
  Layout layout{.shares = &shares, .nodes = {}, .from_others = 0, .way = {}, .most_own = 0};
  std::int64_t most_nodes = 1;
  for (int rank = 0; rank < ranks_->size(); ++rank) {
    layout.nodes.push_back(nodes_within(shares.slices, shares.of_ranks[rank]));
    most_nodes = std::max(most_nodes, std::ssize(layout.nodes.back()));
    if (rank != ranks_->rank()) layout.from_others += std::ssize(layout.nodes.back());
  }
  layout.way = way_of_sum(ranks_->size(), most_nodes, places_->floats() / buckets_ * bytes_of(wire_), buckets_);
  for (std::int64_t bucket = 0; bucket < buckets_; ++bucket)
    layout.most_own = std::max(layout.most_own, part(layout.way, bucket, ranks_->rank()).size());
  const std::int64_t floats = std::min(layout.way.ahead, buckets_) * layout.from_others * layout.most_own;
  if (received_.size() < floats) received_ = Travelling(floats, wire_);
  parts_.reserve(std::max(parts_.capacity(), static_cast<std::size_t>(shares.slices)));
  return layouts_.emplace_back(std::move(layout));
}

void GradientSum::begin(const SlicesOfRanks& shares) {
  layout_ = &layout_of(shares);
  pipeline_ = BucketPipeline(layout_->way, buckets_);
}

// Calls use(piece) for pieces of the range, at the same time.
template <class Use>
void GradientSum::for_pieces(const Phases& phases, IndexRange range, const Use& use) const {
  phases.run(Phase::reduce, ceil_div(range.size(), job_floats), [&](std::int64_t job, int) {
    const std::int64_t begin = range.begin + job * job_floats;
    use(IndexRange{begin, std::min(range.end, begin + job_floats)});
  });
}

// to = the sum of parts_, which make up the node.
void GradientSum::add_parts_of(const Phases& phases, IndexRange node, IndexRange floats, float* to) const {
  for_pieces(phases, floats,
             [&](IndexRange piece) { add_batch_slices(parts_, node, piece.begin, piece.size(), to, wire_); });
}

void GradientSum::add(const Phases& phases, std::int64_t bucket) {
  const IndexRange floats = places_->buckets()[bucket].floats;
  for (const IndexRange node : layout_->nodes[ranks_->rank()]) {
    const std::int64_t first = first_of(node);
    if (node.size() > 1 || wire_ == Wire::bfloat16) {
      parts_.clear();
      for (std::int64_t s = node.begin; s < node.end; ++s)
        parts_.push_back({{s, s + 1}, slices_.numbers() + first_of({s, s + 1})});
      add_parts_of(phases, node, floats, slices_.numbers() + first);
    }
    if (wire_ == Wire::bfloat16 && ranks_->size() > 1)
      for_pieces(phases, {first + floats.begin, first + floats.end}, [&](IndexRange piece) { slices_.pack(piece); });
  }
  pipeline_.complete();
}

std::int64_t GradientSum::advance(const Phases& phases) {
  if (ranks_->size() == 1) return pipeline_.completed();
  pipeline_.advance(
      [&] { return pipeline_.started() - ranks_->under_way(); }, [&](std::int64_t bucket) { add_part(phases, bucket); },
      [&](std::int64_t exchange) { start(exchange); }, [&](std::int64_t bucket) { take_sums(phases, bucket); });
  return pipeline_.come();
}

// The sum of all nodes, in this rank's part of the bucket.
void GradientSum::add_part(const Phases& phases, std::int64_t bucket) {
  const IndexRange floats = part(bucket, ranks_->rank());
  parts_.clear();
  std::int64_t index = 0;
  for (int rank = 0; rank < ranks_->size(); ++rank) {
    for (const IndexRange node : layout_->nodes[rank]) {
      if (rank == ranks_->rank()) {
        parts_.push_back({node, slices_.numbers() + first_of(node)});
        continue;
      }
      const IndexRange at = received(bucket, index++);
      parts_.push_back({node, received_.numbers() + at.begin, floats.begin});
      if (wire_ == Wire::bfloat16) for_pieces(phases, at, [&](IndexRange piece) { received_.unpack(piece); });
    }
  }
  add_parts_of(phases, {0, layout_->shares->slices}, floats, sum_.numbers());
  if (wire_ == Wire::bfloat16 && !layout_->way.by_all)
    for_pieces(phases, floats, [&](IndexRange piece) { sum_.pack(piece); });
}

// The sums that the other ranks have computed.
void GradientSum::take_sums(const Phases& phases, std::int64_t bucket) {
  if (wire_ == Wire::fp32 || layout_->way.by_all) return;
  for_pieces(phases, places_->buckets()[bucket].floats, [&](IndexRange piece) { sum_.unpack(piece); });
}

void GradientSum::start(std::int64_t exchange) {
  const int me = ranks_->rank();
  const std::int64_t nodes = exchange, sums = exchange - layout_->way.delay;
  std::int64_t index = 0;
  for (int rank = 0; rank < ranks_->size() && nodes < buckets_; ++rank) {
    if (rank == me) continue;
    const IndexRange theirs = part(nodes, rank);
    for (const IndexRange node : layout_->nodes[me])
      ranks_->send(rank, slices_.message({first_of(node) + theirs.begin, first_of(node) + theirs.end}));
    for (std::int64_t i = 0; i < std::ssize(layout_->nodes[rank]); ++i)
      ranks_->receive(rank, received_.message(received(nodes, index++)));
  }
  for (int rank = 0; rank < ranks_->size() && sums >= 0 && !layout_->way.by_all; ++rank) {
    if (rank == me) continue;
    ranks_->send(rank, sum_.message(part(sums, me)));
    ranks_->receive(rank, sum_.message(part(sums, rank)));
  }
  ranks_->start();
}

}  // namespace millrace
