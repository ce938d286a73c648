// SPDX-License-Identifier: Apache-2.0
//
// The parameters and what is kept for each of them (the optimizer's state, averages, gradients) as the step uses them:
// one aligned buffer each, every parameter a matrix in the layout its kernels want. Layouts follow from the network,
// the instruction set and the library that was asked for.
#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "kernels/panels.hpp"
#include "network/network.hpp"
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

/// A rectangle of a parameter: row r at offset + r * stride in every buffer of the store, and at gradient_offset + r *
/// gradient_stride in the gradient of its tile.
struct StoredPiece {
  std::int64_t offset = 0, stride = 0, gradient_offset = 0, gradient_stride = 0, rows = 0, columns = 0;

  /// Whole rows without a gap as one long one: a loop over each row would spend its time on the rows' ends.
  [[nodiscard]] StoredPiece joined() const {
    if (columns != stride || columns != gradient_stride) return *this;
    return {offset, stride, gradient_offset, gradient_stride, 1, rows * columns};
  }
};

class ParameterStore {
 public:
  explicit ParameterStore(const Network& network);

  /// Whose products the plans made from now on have, and with it the layouts; plans made before become invalid when it
  /// changes. What the buffers hold, and where they are, stays.
  void use(GemmChoice gemm);
  [[nodiscard]] GemmChoice gemm() const { return gemm_; }

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
  /// Calls use(floats) for one parameter in that order, some rows at a time: what save() has without a second copy.
  void give(int buffer, int parameter, const std::function<void(std::span<const float>)>& use) const;
  void save(int buffer, std::span<float> flat) const;
  [[nodiscard]] Buffer& buffer(int index) { return index < 0 ? weights_ : buffers_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const Buffer& buffer(int index) const {
    return index < 0 ? weights_ : buffers_[static_cast<std::size_t>(index)];
  }
  /// Where parameter number `parameter` lies in every buffer: [begin, end), padding included.
  [[nodiscard]] IndexRange extent(int parameter) const;

  /// Calls use(piece) for every piece of a gradient block that is a rectangle in memory. Of a parameter in panels a
  /// piece is what one panel has of the block, with the zeros behind the last columns.
  template <class Use>
  void for_each_piece(int parameter, const GradientBlock& block, const Use& use) const {
    const ParameterStorage& at = storage(parameter);
    const std::int64_t base = offsets_[static_cast<std::size_t>(parameter)], rows = block.rows.size();
    if (at.layout.layout != Layout::panels) {
      use(StoredPiece{base + block.rows.begin * at.layout.stride + block.columns.begin, at.layout.stride, block.offset,
                      block.stride, rows, block.columns.size()});
      return;
    }
    for (std::int64_t column = block.columns.begin; column < block.columns.end; column += panel_columns) {
      const std::int64_t width = panel_width(at.columns, column);
      use(StoredPiece{base + panel_offset(at.rows, at.columns, block.rows.begin, column), width,
                      block.offset + rows * (column - block.columns.begin), width, rows, width});
    }
  }

  /// The penalties of all parameters.
  [[nodiscard]] double penalty(PenaltyScale scale) const;
  /// The first parameter that holds a NaN or an infinity; empty when all are finite.
  [[nodiscard]] std::string first_non_finite() const;
  [[nodiscard]] std::int64_t bytes() const;

 private:
  void choose_layouts();
  template <class Visit>
  void for_each_row_piece(const Visit& visit) const;

  const Network* network_;
  GemmChoice gemm_ = GemmChoice::automatic;
  Buffer weights_;
  std::vector<Buffer> buffers_;
  std::vector<std::string> names_;
  std::vector<ParameterStorage> storages_;
  std::vector<std::int64_t> offsets_;
};

}  // namespace millrace
