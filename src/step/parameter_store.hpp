// SPDX-License-Identifier: Apache-2.0
//
// The parameters and what is kept for each of them (the optimizer's state, averages, gradients) as the step uses them:
// one aligned buffer each, every parameter a matrix in the layout its kernels want. Layouts follow from the network and
// the instruction set alone.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "model/network.hpp"
#include "ops/optimizers/optimizer.hpp"

namespace millrace {

/// What l1 and l2 are multiplied with: 1 in Keras and PyTorch; scikit-learn's alpha is halved and divided by the rows
/// of a batch, or by their weights, as its loss is.
struct PenaltyScale {
  double l1 = 1, l2 = 1;
};
[[nodiscard]] PenaltyScale penalty_scale(Semantics semantics, double loss_divisor);

/// l1 sum |w| + l2 sum w^2 of a run of weights, scaled: what they add to the loss.
[[nodiscard]] double penalty_of(const ParameterSpec& spec, PenaltyScale scale, const float* weights,
                                std::int64_t count);

class ParameterStore {
 public:
  explicit ParameterStore(const Network& network);

  /// Adds a buffer of the weights' size, filled with `value`; returns its index. The first `most_slots` are the
  /// optimizer's, in its order.
  int add_buffer(std::string name, float value = 0);
  [[nodiscard]] const std::vector<std::string>& buffer_names() const { return names_; }

  [[nodiscard]] const ParameterStorage& storage(int parameter) const {
    return storages_[static_cast<std::size_t>(parameter)];
  }

  static constexpr int weights = -1;
  /// Copies between a flat row-major buffer, as the network has it, and the store's buffer of this index.
  void load(int buffer, std::span<const float> flat);
  void save(int buffer, std::span<float> flat) const;
  [[nodiscard]] Buffer& buffer(int index) { return index < 0 ? weights_ : buffers_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const Buffer& buffer(int index) const {
    return index < 0 ? weights_ : buffers_[static_cast<std::size_t>(index)];
  }
  /// Where parameter number `parameter` lies in every buffer: [begin, end), padding included.
  [[nodiscard]] RowRange extent(int parameter) const;

  /// Calls use(offset in the buffers, stride there, offset in the tile's gradient, rows, columns) for every piece of
  /// a gradient block that is a rectangle in memory.
  template <class Use>
  void for_each_piece(int parameter, const GradientBlock& block, const Use& use) const {
    const ParameterStorage& at = storage(parameter);
    const std::int64_t base = offsets_[static_cast<std::size_t>(parameter)];
    std::int64_t rows = block.rows.size(), columns = block.columns.size();
    // Whole rows without a gap are one long run: a loop over each row would spend its time on the rows' ends.
    if (columns == at.layout.stride && columns == block.stride) {
      columns *= rows;
      rows = 1;
    }
    use(base + block.rows.begin * at.layout.stride + block.columns.begin, at.layout.stride, block.offset, rows,
        columns);
  }

  /// The penalties of all parameters.
  [[nodiscard]] double penalty(PenaltyScale scale) const;
  /// The first parameter that holds a NaN or an infinity; empty when all are finite.
  [[nodiscard]] std::string first_non_finite() const;
  [[nodiscard]] std::int64_t bytes() const;

 private:
  template <class Visit>
  void for_each_row_piece(const Visit& visit) const;

  const Network* network_;
  Buffer weights_;
  std::vector<Buffer> buffers_;
  std::vector<std::string> names_;
  std::vector<ParameterStorage> storages_;
  std::vector<std::int64_t> offsets_;
};

}  // namespace millrace
