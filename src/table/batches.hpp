// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Batches batches(data, 32, /*shuffled=*/true, seed);
//   batches.begin_epoch(epoch);
//   for (std::int64_t i = 0; i < batches.count(); ++i) gather_rows(data.features, batches.rows_of_batch(i), x, 400);
//
// The rows of each step of an epoch, and a function that copies them into one matrix.
//
// Rows in a storage that is smaller than they are (row_storage.hpp) come in windows: each epoch cuts the table into blocks
// of neighbouring rows, puts the blocks in another order, and shuffles the rows of as many blocks at a time as a window
// holds. So a step needs the pages of one window. If batches are cut into slices, each slice takes its rows from a run of
// blocks of the window: a process of a cluster reads the blocks of its own slices, and the order is the same for any number
// of processes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/parts.hpp"
#include "millrace/data.hpp"
#include "millrace/row_storage.hpp"

namespace millrace {

/// Into how many slices batches are cut, and which process of how many this one is.
struct SliceShare {
  std::int64_t slices = 1, ranks = 1, rank = 0;
};

class Batches {
 public:
  /// Takes the rows in the order of the data set or, if shuffled, in another order in each epoch. Throws Error{usage}
  /// for a batch size below 1 and for a set without rows.
  Batches(const Dataset& data, std::int64_t batch_size, bool shuffled, std::uint64_t seed, SliceShare share = {});
  /// Rows 0 to rows - 1.
  Batches(std::int64_t rows, std::int64_t batch_size, bool shuffled, std::uint64_t seed);

  /// Puts the rows into the order of this epoch, which depends only on the seed, the epoch, window_rows() and, with
  /// windows, the number of slices. Without windows it allocates nothing. Before the first call, rows have the order of
  /// the data set.
  void begin_epoch(std::uint64_t epoch);
  /// To be called before batch i is used: gives back the pages of a window that is over, and brings those of the next
  /// that this process reads.
  void begin_batch(std::int64_t i);
  /// Rows that are shuffled together; rows(): all of them.
  [[nodiscard]] std::int64_t window_rows() const { return window_rows_; }

  /// Number of batches of an epoch; the last one may be smaller.
  [[nodiscard]] std::int64_t count() const { return (rows() + batch_size_ - 1) / batch_size_; }
  [[nodiscard]] std::int64_t batch_size() const { return batch_size_; }
  [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(order_.size()); }

  /// Indices of the batch's rows in the data set's table, valid until the next begin_epoch. 0 <= i < count().
  [[nodiscard]] std::span<const std::int64_t> rows_of_batch(std::int64_t i) const {
    const std::int64_t first = i * batch_size_;
    return {order_.data() + first, static_cast<std::size_t>(std::min(batch_size_, rows() - first))};
  }

 private:
  /// Blocks that are shuffled together, and the places of their rows in the order.
  struct Window {
    IndexRange blocks, places;
  };
  void cut_windows();
  void shuffle_window(const Window& window, std::uint64_t epoch, std::vector<std::int64_t>& rows);
  [[nodiscard]] IndexRange rows_of_block(std::int64_t block) const {
    return {block * block_rows_, std::min((block + 1) * block_rows_, rows())};
  }
  [[nodiscard]] std::int64_t window_of(std::int64_t place) const;
  [[nodiscard]] std::vector<IndexRange> runs_of_slices(const Window& window) const;
  [[nodiscard]] IndexRange own_run(const Window& window) const;
  template <class Use>
  void for_each_slice(IndexRange places, const Use& use) const;
  template <class Use>
  void for_each_own_block(const Window& window, const Use& use) const;

  std::optional<RowStorage> storage_;
  std::int64_t window_rows_;
  std::int64_t block_rows_ = 1;
  MatrixView features_{};
  std::vector<std::int64_t> blocks_;     // in the order of the epoch; empty: there is one window
  std::vector<Window> windows_;          // of these blocks
  std::vector<std::int64_t> selection_;  // of the data set; empty: all rows
  std::vector<std::int64_t> order_;      // table rows, in the order of the epoch
  std::int64_t batch_size_;
  bool shuffled_;
  std::uint64_t seed_;
  SliceShare share_{};
};

/// Rows that an epoch of a data set visits as one window, if the network takes `columns` columns. All of them unless its
/// storage is too small.
[[nodiscard]] std::int64_t window_rows(const Dataset& data, std::int64_t columns);

/// Row i of out = row rows[i] of table; out is [rows.size() x table.columns], `stride` floats from row to row.
void gather_rows(const MatrixView& table, std::span<const std::int64_t> rows, float* out, std::int64_t stride);

}  // namespace millrace
