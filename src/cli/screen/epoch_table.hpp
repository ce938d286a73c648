// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   EpochTable table;
//   std::cerr << table.lines(epoch, "1.2s", is_best, 80);
//
//   epoch      loss   accuracy   val_loss  val_accuracy     time  best
//    5/50    0.3012     0.9120     0.2874        0.9211     0.1s     *
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/training.hpp"

namespace millrace::cli {

/// The values that the progress of a run shows of an epoch, by their names in history.csv: loss, accuracy, val_loss,
/// val_accuracy.
[[nodiscard]] std::vector<NamedValue> shown_values(Epoch epoch);

/// Epochs as the rows of a table with aligned columns.
class EpochTable {
 public:
  /// The line of an epoch, after a heading where one is needed: before the first line and where the columns change.
  /// Columns that do not fit `width` are left out; the loss, the validation loss and the first metrics come first.
  [[nodiscard]] std::string lines(const Epoch& epoch, const std::string& time, bool is_best, std::size_t width);

 private:
  std::string heading_;
};

/// "epoch  5/50"
[[nodiscard]] std::string epoch_position(std::int64_t epoch, std::int64_t epochs);
/// Four digits after the point, or an exponent for very large and small values.
[[nodiscard]] std::string short_number(double value);
/// "120ms", "3.2s", "45s", "2m05s", "1h10m"
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace millrace::cli
