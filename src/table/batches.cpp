// SPDX-License-Identifier: Apache-2.0
#include "table/batches.hpp"

#include <cstring>
#include <numeric>
#include <string>

#include "base/fail.hpp"
#include "base/random.hpp"

namespace millrace {

Batches::Batches(std::int64_t rows, std::int64_t batch_size, bool shuffled, std::uint64_t seed)
    : batch_size_(batch_size), shuffled_(shuffled), seed_(seed) {
  if (batch_size < 1) {
    fail(ErrorKind::usage, "batches", "the batch size is " + std::to_string(batch_size) + ", expected 1 or more");
  }
  if (rows < 1) fail(ErrorKind::usage, "batches", "there are " + std::to_string(rows) + " rows, expected 1 or more");
  order_.resize(static_cast<std::size_t>(rows));
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
}

Batches::Batches(const Dataset& data, std::int64_t batch_size, bool shuffled, std::uint64_t seed)
    : Batches(data.rows(), batch_size, shuffled, seed) {
  selection_ = data.selection;
  if (!selection_.empty()) order_ = selection_;
}

void Batches::begin_epoch(std::uint64_t epoch) {
  if (!shuffled_) return;
  if (selection_.empty()) {
    std::iota(order_.begin(), order_.end(), std::int64_t{0});
  } else {
    std::copy(selection_.begin(), selection_.end(), order_.begin());
  }
  shuffle(order_, Random(seed_, RandomStream::shuffle, epoch));
}

void gather_rows(const MatrixView& table, std::span<const std::int64_t> rows, float* out, std::int64_t stride) {
  const auto bytes = static_cast<std::size_t>(table.columns) * sizeof(float);
  if (table.columns == 1) {
    for (std::size_t i = 0; i < rows.size(); ++i) out[static_cast<std::int64_t>(i) * stride] = *table.row(rows[i]);
    return;
  }
  // Hardware cannot prefetch rows in random order. Requesting each row four rows ahead made rows of 3 KiB 1.6 times as
  // fast. The processor overlaps reads of short rows by itself, so requests would only cost time.
  constexpr std::size_t ahead = 4, line = 64, longest = 4096, worth_it = 1024;
  const std::size_t fetched = bytes < worth_it ? 0 : std::min(bytes, longest);
  for (std::size_t i = 0; i < rows.size(); ++i, out += stride) {
    if (i + ahead < rows.size()) {
      const float* const next = table.row(rows[i + ahead]);
      for (std::size_t at = 0; at < fetched; at += line) __builtin_prefetch(next + at / sizeof(float));
    }
    std::memcpy(out, table.row(rows[i]), bytes);
  }
}

}  // namespace millrace
