// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Matrix features = unfilled_matrix(rows, columns, storage_of(data));
//
// Which storage rows are in: the owner of their memory knows.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "millrace/row_storage.hpp"
#include "millrace/table.hpp"

namespace millrace {

/// The storage of a table or a set, or nothing: its rows are in memory.
[[nodiscard]] std::optional<RowStorage> storage_of(const Table& table);
[[nodiscard]] std::optional<RowStorage> storage_of(const Dataset& data);
[[nodiscard]] std::optional<RowStorage> storage_of(const Matrix& rows);

/// Tells the storage of the rows what a pass over them touches; one for each thread. Without a storage it does nothing.
///   Pass pass(storage_of(data));
///   for (...) { pass.over(row_bytes); ... }
class Pass {
 public:
  explicit Pass(std::optional<RowStorage> storage) : storage_(std::move(storage)) {}
  void over(std::int64_t bytes) {
    if (!storage_ || (bytes_ += bytes) < enough) return;
    storage_->passed(std::exchange(bytes_, 0));
  }

 private:
  static constexpr std::int64_t enough = std::int64_t{1} << 20;
  std::optional<RowStorage> storage_;
  std::int64_t bytes_ = 0;
};

/// Of the values of a row.
[[nodiscard]] inline std::int64_t row_bytes(const Table& table) {
  return table.values.columns() * std::int64_t{sizeof(float)};
}

/// A matrix whose numbers the caller writes, in the storage if there is one.
[[nodiscard]] Matrix unfilled_matrix(std::int64_t rows, std::int64_t columns, const std::optional<RowStorage>& storage);

}  // namespace millrace
