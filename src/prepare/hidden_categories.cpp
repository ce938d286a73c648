// SPDX-License-Identifier: Apache-2.0
#include "prepare/hidden_categories.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/index.hpp"
#include "base/random.hpp"
#include "table/storage/stored.hpp"
#include "threads/row_blocks.hpp"

namespace millrace {

namespace {

constexpr std::int64_t page = 4096;  // a cell brings its page into memory

Matrix copy_of(const MatrixView& rows, const std::optional<RowStorage>& storage, int threads) {
  Matrix copy = unfilled_matrix(rows.rows, rows.columns, storage);
  for_row_blocks(rows.rows, threads, [&](IndexRange block) {
    if (storage) storage->passed(2 * block.size() * rows.stride * std::int64_t{sizeof(float)});
    for (std::int64_t row = block.begin; row < block.end; ++row)
      std::copy_n(rows.row(row), rows.columns, copy.row(row));
  });
  return copy;
}

}  // namespace

HiddenCategories::HiddenCategories(const TablePreparation& preparation, Dataset& data,
                                   const std::vector<std::int64_t>& columns, std::uint64_t seed, int threads)
    : share_(preparation.roles().hidden_categories), seed_(seed) {
  std::vector<std::int64_t> place_of(preparation.width(), -1);
  for (std::int64_t place = 0; place < data.features.columns; ++place)
    place_of[columns.empty() ? place : columns[place]] = place;
  for (std::int64_t c = 0; c < std::ssize(preparation.columns()); ++c) {
    const PreparedColumn& prepared = *preparation.columns()[c];
    if (std::isnan(prepared.unseen())) continue;
    Column column;
    std::vector<float> unseen(prepared.width());
    prepared.prepare(prepared.unseen(), unseen.data());
    for (std::int64_t i = 0; i < prepared.width(); ++i) {
      const std::int64_t place = place_of[preparation.place(c) + i];
      if (place < 0) continue;  // the network does not take it
      column.places.push_back(place);
      column.unseen.push_back(unseen[i]);
    }
    if (!column.places.empty()) columns_.push_back(std::move(column));
  }
  if (columns_.empty() || share_ <= 0) return;
  features_ = copy_of(data.features, storage_of(data), threads);
  data.features = features_.view();
  data.owners.push_back(features_.owner());
}

// Distances between hidden cells are geometric: one draw per hidden cell instead of one per cell.
void HiddenCategories::begin_epoch(std::uint64_t epoch) {
  if (features_.rows() == 0) return;
  Random random(seed_, RandomStream::hidden_categories, epoch);
  const std::int64_t cells = features_.rows() * std::ssize(columns_);
  Pass pass(storage_of(features_));
  const double log_shown = std::log1p(-std::min(share_, 0.999));
  for (std::int64_t cell = 0;; ++cell) {
    const double skip = std::floor(std::log1p(-random.uniform_double()) / log_shown);
    if (!(skip < static_cast<double>(cells - cell))) break;  // also where the share is so small that this is no number
    cell += static_cast<std::int64_t>(skip);
    pass.over(page);
    Hidden hidden{cell / std::ssize(columns_), cell % std::ssize(columns_), {}};
    const Column& column = columns_[hidden.column];
    float* const row = features_.row(hidden.row);
    for (std::int64_t i = 0; i < std::ssize(column.places); ++i) {
      hidden.cells.push_back(row[column.places[i]]);
      row[column.places[i]] = column.unseen[i];
    }
    hidden_.push_back(std::move(hidden));
  }
}

void HiddenCategories::end_epoch() {
  Pass pass(storage_of(features_));
  for (const Hidden& hidden : hidden_) {
    pass.over(page);
    const Column& column = columns_[hidden.column];
    for (std::int64_t i = 0; i < std::ssize(column.places); ++i)
      features_.row(hidden.row)[column.places[i]] = hidden.cells[i];
  }
  hidden_.clear();
}

}  // namespace millrace
