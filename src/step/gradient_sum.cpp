// SPDX-License-Identifier: Apache-2.0
#include "step/gradient_sum.hpp"

#include <algorithm>

namespace millrace {

namespace {

constexpr std::int64_t job_floats = 8192;

}  // namespace

GradientSum::GradientSum(std::int64_t floats, std::int64_t most_owned, const Ranks& ranks)
    : floats_(floats),
      stride_(round_up(floats, cache_line_floats)),
      rank_(ranks.rank()),
      slices_(stride_ * std::max<std::int64_t>(1, most_owned)) {
  const std::int64_t lines = stride_ / cache_line_floats;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    const IndexRange part = even_part(lines, ranks.size(), rank);
    ranges_.push_back({part.begin * cache_line_floats, part.end * cache_line_floats});
  }
  if (ranks.size() > 1) sum_ = Buffer(stride_);
}

const GradientSum::Layout& GradientSum::layout_of(const SlicedPlan& plan) {
  for (const Layout& known : layouts_)
    if (known.plan == &plan) return known;
  Layout layout{&plan, {}, {}};
  std::int64_t others = 0;
  for (int rank = 0; rank < std::ssize(ranges_); ++rank) {
    layout.nodes.push_back(nodes_within(plan.slices(), plan.of_ranks()[rank]));
    if (rank != rank_) others += std::ssize(layout.nodes.back());
  }
  const std::int64_t size = ranges_[rank_].size();
  if (received_.size() < others * size) received_ = Buffer(others * size);
  layouts_.push_back(std::move(layout));
  // The memory may have moved, which the layouts before this one refer to.
  for (Layout& each : layouts_) {
    each.sums.clear();
    std::int64_t place = 0;
    for (int rank = 0; rank < std::ssize(each.nodes); ++rank) {
      for (const IndexRange node : each.nodes[rank]) {
        if (rank == rank_)
          each.sums.push_back({node, node_at(*each.plan, node)});
        else
          each.sums.push_back({node, received_.data() + place++ * size, ranges_[rank_].begin});
      }
    }
  }
  return layouts_.back();
}

void GradientSum::add(const Phases& phases, std::span<const SliceSum> parts, IndexRange floats, float* to) const {
  phases.run(Phase::reduce, ceil_div(floats.size(), job_floats), [&](std::int64_t job, int) {
    const std::int64_t begin = floats.begin + job * job_floats;
    add_parts(parts, begin, std::min(job_floats, floats.end - begin), to);
  });
}

void GradientSum::add_own(const Phases& phases, const Layout& layout) {
  const SlicedPlan& plan = *layout.plan;
  SliceSum parts[most_slices];
  for (const IndexRange node : layout.nodes[rank_]) {
    if (node.size() == 1) continue;
    for (std::int64_t s = node.begin; s < node.end; ++s)
      parts[s - node.begin] = {{s, s + 1}, node_at(plan, {s, s + 1})};
    add(phases, std::span(parts).first(node.size()), {0, stride_}, node_at(plan, node));
  }
}

void GradientSum::swap_ranges(const Layout& layout, Ranks& ranks) {
  const std::int64_t size = ranges_[rank_].size();
  std::int64_t place = 0;
  for (int rank = 0; rank < std::ssize(ranges_); ++rank) {
    if (rank == rank_) continue;
    for (const IndexRange node : layout.nodes[rank_]) {
      const float* const from = node_at(*layout.plan, node) + ranges_[rank].begin;
      ranks.send(rank, std::as_bytes(std::span(from, static_cast<std::size_t>(ranges_[rank].size()))));
    }
    for (std::size_t i = 0; i < layout.nodes[rank].size(); ++i)
      ranks.receive(
          rank, std::as_writable_bytes(std::span(received_.data() + place++ * size, static_cast<std::size_t>(size))));
  }
  ranks.exchange();
}

float* GradientSum::add_up(const Phases& phases, const SlicedPlan& plan, Ranks& ranks) {
  const Layout& layout = layout_of(plan);
  add_own(phases, layout);
  if (ranks.size() == 1) return of_slice(0);
  phases.wait(Phase::exchange, [&] { swap_ranges(layout, ranks); });
  add(phases, layout.sums, ranges_[rank_], sum_.data());
  phases.wait(Phase::exchange, [&] { ranks.gather(sum_.span(), std::span<const IndexRange>(ranges_)); });
  return sum_.data();
}

std::int64_t GradientSum::bytes_sent(std::int64_t floats, const SlicedPlan& plan, const Ranks& ranks) {
  const auto nodes = std::ssize(nodes_within(plan.slices(), plan.owned()));
  const std::int64_t others = ranks.size() - 1, size = floats * static_cast<std::int64_t>(sizeof(float));
  return (nodes + 1) * size * others / ranks.size();
}

}  // namespace millrace
