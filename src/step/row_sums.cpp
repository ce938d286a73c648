// SPDX-License-Identifier: Apache-2.0
#include "step/row_sums.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "base/shape.hpp"
#include "step/pairwise_tree.hpp"
#include "step/weight_ranges.hpp"

namespace millrace {

namespace {

std::int64_t rows_of_job(std::int64_t columns) { return std::max<std::int64_t>(1, job_floats / columns); }

}  // namespace

void RowGradients::reserve(std::int64_t most, std::int64_t columns) {
  if (std::ssize(rows) >= most) return;
  rows.resize(static_cast<std::size_t>(most));
  values = Buffer(most * columns);
}

RowSums::RowSums(const Network& network, const ParameterStore& store, const SlicedPlan& plan, Ranks& ranks)
    : ranks_(&ranks), index_(network.parameters().size(), -1) {
  for (const NetworkNode& node : network.nodes()) {
    for (const int p : node.parameters) {
      const ParameterSpec& spec = network.parameters()[p].spec;
      if (!spec.sparse || !spec.trainable) continue;
      index_[p] = static_cast<int>(parameters_.size());
      Parameter& parameter = parameters_.emplace_back();
      parameter.number = p;
      parameter.rows = store.storage(p).rows;
      parameter.columns = store.storage(p).columns;
      const std::int64_t width = element_count(node.input_shapes[0]);
      parameter.most = std::min(parameter.rows, ceil_div(plan.batch(), plan.slices()) * width);
      parameter.slices.resize(static_cast<std::size_t>(ceil_div(plan.slices(), ranks.size())));
      for (RowGradients& slice : parameter.slices) slice.reserve(parameter.most, parameter.columns);
      parameter.total.reserve(std::min(parameter.rows, plan.batch() * width), parameter.columns);
      parameter.place.assign(static_cast<std::size_t>(parameter.rows), -1);
    }
  }
}

const RowSums::Layout& RowSums::layout_of(const SlicesOfRanks& shares) {
  for (const Layout& known : layouts_)
    if (known.shares == &shares) return known;
  Layout layout{&shares, {}, {}};
  const auto width = std::ssize(parameters_);
  for (int rank = 0; rank < ranks_->size(); ++rank) {
    const std::int64_t first = std::ssize(layout.nodes) * width;
    for (const IndexRange slices : nodes_within(shares.slices, shares.of_ranks[rank]))
      layout.nodes.push_back({slices, rank});
    layout.counts.push_back({first, std::ssize(layout.nodes) * width});
  }
  counts_.resize(std::max(counts_.size(), layout.nodes.size() * parameters_.size()));
  for (Parameter& parameter : parameters_) {
    if (parameter.nodes.size() < layout.nodes.size()) parameter.nodes.resize(layout.nodes.size());
    for (std::size_t i = 0; i < layout.nodes.size(); ++i) {
      const std::int64_t slices = layout.nodes[i].slices.size();
      if (layout.nodes[i].rank == ranks_->rank() && slices == 1) continue;
      parameter.nodes[i].reserve(std::min(parameter.rows, slices * parameter.most), parameter.columns);
    }
    const auto most = static_cast<std::size_t>(shares.slices * parameter.most);
    entries_.reserve(most);
    first_.resize(std::max(first_.size(), std::min(most, static_cast<std::size_t>(parameter.rows))));
    last_.resize(first_.size());
  }
  parts_.reserve(static_cast<std::size_t>(shares.slices));
  return layouts_.emplace_back(std::move(layout));
}

void RowSums::begin(const SlicesOfRanks& shares) {
  layout_ = &layout_of(shares);
  for (Parameter& parameter : parameters_)
    for (RowGradients& slice : parameter.slices) slice.count = 0;
}

// A row occurs once in a slice.
void RowSums::store(int parameter, std::int64_t slice, std::int64_t row, const float* gradient) {
  Parameter& at = parameters_[index_[parameter]];
  RowGradients& to = at.slices[slice];
  const std::int64_t place = std::atomic_ref(to.count).fetch_add(1, std::memory_order_relaxed);
  to.rows[place] = static_cast<std::uint32_t>(row);
  std::copy_n(gradient, at.columns, to.values.data() + place * at.columns);
}

RowGradients& RowSums::gradients(Parameter& parameter, std::size_t node) {
  const Node& at = layout_->nodes[node];
  if (at.rank != ranks_->rank() || at.slices.size() > 1) return parameter.nodes[node];
  return parameter.slices[at.slices.begin - layout_->shares->owned().begin];
}

// Links the rows of the parts that are rows of the sum, in the order of the parts.
void RowSums::link_rows(Parameter& parameter, RowGradients& to) {
  entries_.clear();
  to.count = 0;
  for (std::int32_t part = 0; part < std::ssize(parts_); ++part) {
    const RowGradients& from = *parts_[part].gradients;
    for (std::int32_t i = 0; i < from.count; ++i) {
      const auto entry = static_cast<std::int32_t>(entries_.size());
      entries_.push_back({part, i, -1});
      std::int32_t& place = parameter.place[from.rows[i]];
      if (place < 0) {
        place = static_cast<std::int32_t>(to.count);
        to.rows[to.count++] = from.rows[i];
        first_[place] = entry;
      } else {
        entries_[last_[place]].next = entry;
      }
      last_[place] = entry;
    }
  }
  for (std::int64_t i = 0; i < to.count; ++i) parameter.place[to.rows[i]] = -1;
}

// to = the sum of parts_, which lie within `node` of the tree. A row that a slice does not have adds nothing.
void RowSums::add(const Phases& phases, Parameter& parameter, IndexRange node, RowGradients& to) {
  link_rows(parameter, to);
  const std::int64_t columns = parameter.columns, step = rows_of_job(columns);
  phases.run(Phase::reduce, ceil_div(to.count, step), [&](std::int64_t job, int) {
    std::array<SliceSum, most_slices> sums;
    for (std::int64_t i = job * step; i < std::min(to.count, (job + 1) * step); ++i) {
      std::int64_t count = 0;
      for (std::int32_t entry = first_[i]; entry >= 0; entry = entries_[entry].next) {
        const Part& part = parts_[entries_[entry].part];
        sums[count++] = {part.slices, part.gradients->values.data() + entries_[entry].place * columns};
      }
      add_batch_slices(std::span(sums).first(count), node, 0, columns, to.values.data() + i * columns);
    }
  });
}

void RowSums::send(const Phases& phases) {
  if (empty()) return;
  for (std::size_t n = 0; n < layout_->nodes.size(); ++n) {
    const Node& node = layout_->nodes[n];
    if (node.rank != ranks_->rank()) continue;
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
      Parameter& parameter = parameters_[p];
      if (node.slices.size() > 1) {
        parts_.clear();
        for (std::int64_t s = node.slices.begin; s < node.slices.end; ++s)
          parts_.push_back({{s, s + 1}, &parameter.slices[s - layout_->shares->owned().begin]});
        add(phases, parameter, node.slices, parameter.nodes[n]);
      }
      counts_[n * parameters_.size() + p] = static_cast<std::uint32_t>(gradients(parameter, n).count);
    }
  }
  if (ranks_->size() > 1) share_counts(phases);
}

// Both sides of a message have to know its size.
void RowSums::share_counts(const Phases& phases) {
  phases.wait(Phase::exchange,
              [&] { ranks_->gather(std::span(counts_), std::span<const IndexRange>(layout_->counts)); });
  const auto bytes = [](auto* first, std::int64_t count) {
    return std::as_writable_bytes(std::span(first, static_cast<std::size_t>(count)));
  };
  for (std::size_t n = 0; n < layout_->nodes.size(); ++n) {
    const int owner = layout_->nodes[n].rank;
    for (std::size_t p = 0; p < parameters_.size(); ++p) {
      RowGradients& at = gradients(parameters_[p], n);
      at.count = counts_[n * parameters_.size() + p];
      const auto rows = bytes(at.rows.data(), at.count),
                 values = bytes(at.values.data(), at.count * parameters_[p].columns);
      if (owner != ranks_->rank()) {
        ranks_->receive(owner, rows);
        ranks_->receive(owner, values);
        continue;
      }
      for (int rank = 0; rank < ranks_->size(); ++rank) {
        if (rank == owner) continue;
        ranks_->send(rank, rows);
        ranks_->send(rank, values);
      }
    }
  }
  ranks_->start();
}

void RowSums::update(const Phases& phases, Updater& updater) {
  for (Parameter& parameter : parameters_) {
    parts_.clear();
    for (std::size_t n = 0; n < layout_->nodes.size(); ++n)
      parts_.push_back({layout_->nodes[n].slices, &gradients(parameter, n)});
    add(phases, parameter, {0, layout_->shares->slices}, parameter.total);
    const std::int64_t columns = parameter.columns, step = rows_of_job(columns);
    RowGradients& total = parameter.total;
    phases.run(Phase::update, ceil_div(total.count, step), [&](std::int64_t job, int) {
      for (std::int64_t i = job * step; i < std::min(total.count, (job + 1) * step); ++i) {
        const std::int64_t row = total.rows[i];
        const GradientBlock block{.rows = {row, row + 1}, .columns = {0, columns}, .offset = 0, .stride = columns};
        updater.take(parameter.number, block, total.values.data() + i * columns);
      }
    });
  }
}

}  // namespace millrace
