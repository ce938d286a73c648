// SPDX-License-Identifier: Apache-2.0
//
// The three products of a dense layer that trains with bfloat16 numbers: forward, backward and gradient, with the rounding
// of activations and deltas before them. Two kinds: our own (pair_dense.cpp) and oneDNN's (onednn_dense.cpp).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ops/layers/layer.hpp"

namespace millrace {

/// What the products read and write.
struct RoundedLayer {
  ValueBuffers input, output;
  float* logits = nullptr;  ///< [batch x units], output.stride apart
  ParameterStorage kernel;
  const float* bias = nullptr;  ///< null: none
  std::vector<IndexRange> shards;
  std::int64_t batch = 0;
  std::vector<GradientTile> tiles;  ///< none: the layer is not trained

  /// The rows of a slice. It begins with a whole pair, unless it is a shard.
  [[nodiscard]] IndexRange rows_of_slice(const GradientTile& tile, std::int64_t slice) const;
  [[nodiscard]] std::int64_t most_rows() const;  ///< of a shard
};

/// A layer calls begin_backward() of a shard before its parts, and all parts of forward() and begin_backward() before
/// gradient().
class RoundedProducts {
 public:
  virtual ~RoundedProducts() = default;
  /// Parts consist of this many columns, or a multiple.
  [[nodiscard]] virtual std::int64_t columns_of_part() const = 0;
  /// logits = x W + b, for the columns of a part.
  virtual void forward(std::int64_t shard, ShardPart part, float* scratch) = 0;
  virtual void begin_backward(std::int64_t shard) = 0;
  /// input.delta = output.delta W^T, or += if it accumulates, for the columns of a part.
  virtual void backward(std::int64_t shard, ShardPart part, float* scratch) = 0;
  /// gradient = x^T output.delta over the rows of a slice, for block 0 of a tile.
  virtual void gradient(std::int64_t tile, std::int64_t slice, float* gradient, float* scratch) = 0;
  [[nodiscard]] virtual std::int64_t scratch_floats() const = 0;
  [[nodiscard]] virtual std::string describe() const = 0;  ///< "bf16 emulated"
};

/// The layer outlives its products.
[[nodiscard]] std::unique_ptr<RoundedProducts> pair_products(const RoundedLayer& layer);
/// Only if onednn_multiplies_pairs(). oneDNN's scratch memory is the caller's.
[[nodiscard]] std::unique_ptr<RoundedProducts> onednn_products(const RoundedLayer& layer);

}  // namespace millrace
