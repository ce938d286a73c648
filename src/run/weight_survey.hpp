// SPDX-License-Identifier: Apache-2.0
//
// Measures the weights of layers and how a step changes them, on all workers:
//   survey.keep(crew);
//   run the step
//   survey.measure(crew);
//   survey.of(layer).update_norm
#pragma once

#include <cstdint>
#include <vector>

#include "step/parameter_store.hpp"
#include "threads/crew.hpp"

namespace millrace {

class WeightSurvey {
 public:
  /// Of all weights of a layer.
  struct Layer {
    std::int64_t weights = 0;          ///< their number
    double norm = 0, update_norm = 0;  ///< roots of sums of squares: of the weights, of their change since keep()
    double low = 0, high = 0;          ///< the least and the largest weight
    /// Weights in 32 equal parts from low to high, of an evenly spaced sample in a layer with more than 32 768 weights.
    /// Empty if a weight is not finite.
    std::vector<std::int64_t> counts;
  };

  /// layers: the numbers of each layer's parameters. The layouts of the store must not change any more.
  WeightSurvey(const ParameterStore& store, const std::vector<std::vector<int>>& layers);

  /// Copies the weights.
  void keep(Crew& crew);
  void measure(Crew& crew);
  [[nodiscard]] const Layer& of(std::size_t layer) const { return layers_[layer]; }

 private:
  /// Rows of a parameter in the store's buffers, without padding: the job of a worker, and its results.
  struct Block {
    std::size_t layer = 0;
    std::int64_t offset = 0, rows = 0, columns = 0, stride = 0;
    double squares = 0, update_squares = 0;
    float low = 0, high = 0;
    std::vector<std::int64_t> counts;
  };

  void add_blocks(std::size_t layer, int parameter);
  void add_block(std::size_t layer, const StoredPiece& piece, std::int64_t columns);
  void measure(Block& block) const;
  void count(Block& block) const;
  void sum_up();

  const ParameterStore& store_;
  std::vector<Layer> layers_;
  std::vector<Block> blocks_;  // in the order of the layers
  std::vector<float> before_;  // the store's buffer of weights at keep()
};

}  // namespace millrace
