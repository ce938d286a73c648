// SPDX-License-Identifier: Apache-2.0
//
// The parameters and the optimizer's state as the step uses them: one aligned buffer each, every parameter a matrix in
// the layout its kernels want. Layouts follow from the network and the instruction set alone.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "model/network.hpp"
#include "ops/optimizers/optimizer.hpp"

namespace millrace {

class ParameterStore {
 public:
  /// Holds the network's values and, per weight, `slots` values of optimizer state.
  ParameterStore(const Network& network, int slots);

  [[nodiscard]] const ParameterStorage& storage(int parameter) const { return storages_[static_cast<std::size_t>(parameter)]; }

  /// Copies between the network's flat buffer (row-major) and the store. `buffer` -1 is the weights, else a slot.
  void load(int buffer, std::span<const float> flat);
  void save(int buffer, std::span<float> flat) const;
  void fill_slot(int slot, float value);

  /// The update of a gradient block: the pieces of it that lie as rectangles in memory, one after the other.
  template <class Update>
  void for_each_piece(int parameter, const GradientBlock& block, const float* gradient, const Update& update) {
    const ParameterStorage& at = storage(parameter);
    const std::int64_t base = offsets_[static_cast<std::size_t>(parameter)];
    const auto piece = [&](std::int64_t offset, std::int64_t columns, std::int64_t stride, std::int64_t first_column) {
      UpdateBlock update_block;
      update_block.weights = weights_.data() + base + offset;
      for (std::size_t slot = 0; slot < slots_.size(); ++slot) update_block.slots[slot] = slots_[slot].data() + base + offset;
      update_block.gradient = gradient + block.offset + first_column;
      update_block.rows = block.rows.size();
      update_block.columns = columns;
      update_block.stride = stride;
      update_block.gradient_stride = block.stride;
      update(update_block);
    };
    if (at.layout.layout == Layout::rows) {
      piece(block.rows.begin * at.layout.stride + block.columns.begin, block.columns.size(), at.layout.stride, 0);
      return;
    }
    for (std::int64_t column = block.columns.begin; column < block.columns.end;) {
      const std::int64_t panel = column / panel_columns, within = column % panel_columns;
      const std::int64_t count = std::min(panel_columns - within, block.columns.end - column);
      piece((panel * at.layout.stride + block.rows.begin) * panel_columns + within, count, panel_columns, column - block.columns.begin);
      column += count;
    }
  }

  /// The sum of l1 |w| + l2 w^2 over the parameters that have such terms.
  [[nodiscard]] double penalty() const;
  /// The first parameter that holds a NaN or an infinity; empty when all are finite.
  [[nodiscard]] std::string first_non_finite() const;
  [[nodiscard]] std::int64_t bytes() const;

 private:
  template <class Visit>
  void for_each_row_piece(const Visit& visit) const;
  [[nodiscard]] const Buffer& buffer(int index) const { return index < 0 ? weights_ : slots_[static_cast<std::size_t>(index)]; }

  const Network* network_;
  Buffer weights_;
  std::vector<Buffer> slots_;
  std::vector<ParameterStorage> storages_;
  std::vector<std::int64_t> offsets_;
};

}  // namespace millrace
