// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const RowStorage storage(std::int64_t{2} << 30, "/data/tmp");   // at most 2 GiB in memory
//   const Table table = read_table("clicks.csv", {.target = "clicked", .storage = storage});
//   model.prepare(table, {.target = {"clicked"}});
//   model.fit(model.prepared(table), {.epochs = 10});
//
// Training on tables that are larger than memory, or than the part of it that a process may use.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "millrace/data.hpp"

namespace millrace {

/// Holds the rows of tables in a file of which only a part is in memory at any time. Rows that are made of these, such as
/// prepared ones, are put there, too. If all rows fit into the limit beside the rest of the process, a training has the same
/// bits as without a storage. Otherwise each epoch visits the rows in windows; seed and epoch decide which rows are in a
/// window, and their order.
///
/// Code that passes over rows gives their pages back to the system after each eighth of the limit, and a thread watches the
/// resident memory of the whole process, mapped files included. What cannot be given back must fit: the weights, the texts
/// of categories, and about 64 bytes for each row. Copies share the file and the thread, which end with the last copy and
/// the last rows.
class RowStorage {
 public:
  /// memory: bytes that the process may have in memory. folder: where the file is made, which has no name; empty: the
  /// working directory. The file needs several times as much room as the table.
  /// Throws Error: usage (memory is less than 64 MiB above what the process has already), environment (no file can be made
  /// in the folder).
  RowStorage(std::int64_t memory, const std::string& folder);

  [[nodiscard]] std::int64_t limit() const;
  /// A matrix of zeros in the file; a small one is in memory. Throws Error{environment} if the disk is full.
  [[nodiscard]] Matrix matrix(std::int64_t rows, std::int64_t columns) const;
  /// Rows that are made of these are put in the storage. Pages of a file that is mapped for them are given back, too.
  void adopt(Dataset& data) const;
  /// Counts the pages of a mapped file among those that can be given back. Does nothing for memory that no file has.
  void watch(const void* data, std::int64_t bytes, const std::shared_ptr<const void>& owner) const;
  /// Gives back all pages. They come back when they are used.
  void release() const;
  /// To be called for every few rows that are read or written: releases once an eighth of the limit was passed over.
  void passed(std::int64_t bytes) const;
  /// Throws Error{usage} naming the limit that is needed if `rows` rows cannot be trained on with this one.
  void check_rows(std::int64_t rows) const;
  /// How many of `rows` rows of this size an epoch visits as one window; `rows`: all of them.
  [[nodiscard]] std::int64_t window_rows(std::int64_t rows, std::int64_t row_bytes) const;

  struct State;
  explicit RowStorage(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<State> state_;
};

}  // namespace millrace
