// SPDX-License-Identifier: Apache-2.0
//
// Holds a model's weights and, during training, the numbers kept for each weight: the optimizer's state, averages,
// gradients. Each of these is one aligned buffer, in which every parameter is a matrix in the layout that its kernels
// need. The layouts depend on the network, the instruction set and the choice of the matrix library.
//
//   ParameterStore store(network);
//   store.initialize(seed);
//   std::vector<float> kernel = store.values(0);   // row-major, as users and files see it
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "kernels/panels.hpp"
#include "network/network.hpp"
#include "ops/optimizers/optimizer.hpp"

namespace millrace {

/// A rectangle of a parameter: row r at offset + r * stride in every buffer of the store, and at gradient_offset + r *
/// gradient_stride in the gradient of its tile.
struct StoredPiece {
  std::int64_t offset = 0, stride = 0, gradient_offset = 0, gradient_stride = 0, rows = 0, columns = 0;
  std::int64_t first_column = 0;  ///< of the parameter, for pieces that are not joined

  /// Joins whole rows without gaps to one long row, because loops over short rows are slow.
  [[nodiscard]] StoredPiece joined() const {
    if (columns != stride || columns != gradient_stride) return *this;
    return {offset, stride, gradient_offset, gradient_stride, 1, rows * columns};
  }
};

class ParameterStore {
 public:
  explicit ParameterStore(const Network& network);

  /// Chooses the layouts for the products of this library and converts the values; buffers keep their addresses. If a
  /// layout changes, existing plans become invalid and layout_version() increases. With ProductPrecision::mixed_bfloat16,
  /// plans for training made from now on have products of bfloat16 numbers where pays_bfloat16(); earlier ones become
  /// invalid if the precision changes.
  void use(KernelChoice kernels, ProductPrecision precision = ProductPrecision::fp32);
  [[nodiscard]] std::uint64_t layout_version() const { return layout_version_; }
  [[nodiscard]] KernelChoice kernels() const { return kernels_; }
  [[nodiscard]] ProductPrecision precision() const { return precision_; }

  /// Grows whenever the weights may have changed: every function that sets them raises it, and so does buffer(weights).
  /// Who computes something from the weights remembers their version.
  [[nodiscard]] std::uint64_t weights_version() const { return weights_version_; }
  /// For a step, which changes the weights: raises their version, and returns whether the rounded copies were those of the
  /// weights.
  [[nodiscard]] bool begin_writing() { return rounded_version_ == weights_version_++; }
  /// The weights, for the update within a step, which writes the rounded copies too.
  [[nodiscard]] float* updated_weights() { return weights_.data(); }
  /// After a whole step that has written the copies of all weights. A step that fails leaves some without theirs.
  void set_rounded() { rounded_version_ = rounded_.empty() ? 0 : weights_version_; }

  /// Adds a buffer of the size of the weights, filled with `value`, and returns its index. The optimizer's slots come
  /// first, in their order.
  int add_buffer(std::string name, float value = 0);
  /// Removes all buffers except the weights. Plans and updaters that used them become invalid.
  void remove_buffers();
  [[nodiscard]] const std::vector<std::string>& buffer_names() const { return names_; }

  [[nodiscard]] const ParameterStorage& storage(int parameter) const { return storages_[parameter]; }

  static constexpr int weights = -1;  ///< index of the buffer with the weights
  /// Sets every weight to its initial value (Network::initial_values).
  void initialize(std::uint64_t seed);
  /// Values of one parameter, row-major.
  [[nodiscard]] std::vector<float> values(int parameter) const;
  void set_values(int parameter, std::span<const float> values);
  /// Copies the weights of a store of the same network, which may have other layouts.
  void copy_weights(const ParameterStore& other);
  /// All values of a buffer, parameter after parameter, each row-major; load() and save() use the same order.
  [[nodiscard]] std::vector<float> flat_values(int buffer) const;
  void load(int buffer, std::span<const float> flat);
  void save(int buffer, std::span<float> flat) const;
  /// Calls use(values) with successive rows of a parameter, row-major, so that saving needs no copy of all of it.
  void for_each_piece_of_rows(int buffer, int parameter, const std::function<void(std::span<const float>)>& use) const;
  [[nodiscard]] Buffer& buffer(int index) {
    if (index < 0) raise_weights_version();
    return index < 0 ? weights_ : buffers_[index];
  }
  [[nodiscard]] const Buffer& buffer(int index) const { return index < 0 ? weights_ : buffers_[index]; }
  /// The range [begin, end) of parameter number `parameter` in every buffer, including padding.
  [[nodiscard]] IndexRange extent(int parameter) const;

  /// Cuts a gradient block into pieces that are rectangles in memory and calls use(piece) for each. If the parameter is
  /// stored in panels, each panel has a piece, which includes the zeros after the last column.
  template <class Use>
  void for_each_piece(int parameter, const GradientBlock& block, const Use& use) const {
    const ParameterStorage& at = storage(parameter);
    const std::int64_t base = offsets_[parameter], rows = block.rows.size();
    if (at.layout.layout != Layout::panels) {
      use(StoredPiece{base + block.rows.begin * at.layout.stride + block.columns.begin, at.layout.stride, block.offset,
                      block.stride, rows, block.columns.size(), block.columns.begin});
      return;
    }
    for (std::int64_t column = block.columns.begin; column < block.columns.end; column += panel_columns) {
      const std::int64_t width = panel_width(at.columns, column);
      use(StoredPiece{base + panel_offset(at.rows, at.columns, block.rows.begin, column), width,
                      block.offset + rows * (column - block.columns.begin), width, rows, width, column});
    }
  }

  /// Name of the first parameter that holds a NaN or an infinity; empty if all are finite.
  [[nodiscard]] std::string first_non_finite() const;
  [[nodiscard]] std::int64_t bytes() const;

 private:
  // Constraints and L-BFGS ask for the weights in jobs that run at the same time.
  void raise_weights_version() { std::atomic_ref(weights_version_).fetch_add(1, std::memory_order_relaxed); }
  void choose_layouts();
  void use(ProductPrecision precision);
  /// Calls visit(offset in the row-major values, offset in the stored parameter, count) for each contiguous run.
  template <class Visit>
  void for_each_run(int parameter, const Visit& visit) const;

  const Network* network_;
  KernelChoice kernels_ = KernelChoice::automatic;
  ProductPrecision precision_ = ProductPrecision::fp32;
  std::uint64_t layout_version_ = 0;
  Buffer weights_;
  std::vector<Buffer> buffers_;
  std::vector<Buffer> rounded_;  // copies of weights for products of bfloat16 numbers, which training fills
  std::uint64_t weights_version_ = 1, rounded_version_ = 0;  // the version of the weights that have the rounded copies
  std::vector<std::string> names_;
  std::vector<ParameterStorage> storages_;
  std::vector<std::int64_t> offsets_;
};

}  // namespace millrace
