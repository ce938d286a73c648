// SPDX-License-Identifier: Apache-2.0
//
// Adds the gradients of parameters with sparse updates over all slices of a batch, in the order of the fixed tree
// (pairwise_tree.hpp), over the ranks that computed them. Only rows that occur in the batch have a gradient, and only these
// travel: each rank sends those of its nodes to all others, and every rank adds them and updates their rows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/buffer.hpp"
#include "step/phases.hpp"
#include "step/sliced_plan.hpp"
#include "step/updater.hpp"

namespace millrace {

/// Gradients of some rows of a parameter, in any order.
struct RowGradients {
  std::int64_t count = 0;
  std::vector<std::uint32_t> rows;  // room for as many as there can be
  Buffer values;                    // [rows x columns]

  void reserve(std::int64_t most, std::int64_t columns);
};

class RowSums {
 public:
  /// plan: of full batches.
  RowSums(const Network& network, const ParameterStore& store, const SlicedPlan& plan, Ranks& ranks);
  [[nodiscard]] bool empty() const { return parameters_.empty(); }

  /// A step in this order: begin(); store() for each row of each owned slice, from any thread; send(); update(), once the
  /// exchange that send() has started has ended.
  void begin(const SlicesOfRanks& shares);
  void store(int parameter, std::int64_t slice, std::int64_t row, const float* gradient);
  void send(const Phases& phases);
  void update(const Phases& phases, Updater& updater);

 private:
  struct Node {
    IndexRange slices;
    int rank = 0;
  };
  struct Layout {
    const SlicesOfRanks* shares = nullptr;
    std::vector<Node> nodes;         // of all ranks, in their order
    std::vector<IndexRange> counts;  // by rank, of counts_
  };
  struct Parameter {
    int number = 0;  // in the network
    std::int64_t rows = 0, columns = 0;
    std::int64_t most = 0;             // rows of a slice
    std::vector<RowGradients> slices;  // owned
    std::vector<RowGradients> nodes;   // of all ranks; a node of one owned slice has none
    RowGradients total;
    std::vector<std::int32_t> place;  // by row of the table: in the sum that is made; -1: not there
  };
  struct Entry {
    std::int32_t part = 0, place = 0, next = -1;
  };

  [[nodiscard]] const Layout& layout_of(const SlicesOfRanks& shares);
  [[nodiscard]] RowGradients& gradients(Parameter& parameter, std::size_t node);
  void add(const Phases& phases, Parameter& parameter, IndexRange node, RowGradients& to);
  void link_rows(Parameter& parameter, RowGradients& to);
  void share_counts(const Phases& phases);

  Ranks* ranks_;
  std::vector<Parameter> parameters_;
  std::vector<int> index_;  // by parameter of the network: in parameters_; -1: its updates are not sparse
  std::vector<Layout> layouts_;
  const Layout* layout_ = nullptr;
  std::vector<std::uint32_t> counts_;  // [nodes x parameters]
  // Of the sum that is made: its parts, their rows one after the other, and for each row of the sum the first and the last
  // of them that belong to it.
  struct Part {
    IndexRange slices;
    const RowGradients* gradients;
  };
  std::vector<Part> parts_;
  std::vector<Entry> entries_;
  std::vector<std::int32_t> first_, last_;
};

}  // namespace millrace
