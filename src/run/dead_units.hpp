// SPDX-License-Identifier: Apache-2.0
//
// Counts the units of relu that are zero in each of some sampled rows. Units of an image are its channels.
#pragma once

#include <memory>
#include <vector>

#include "step/compiled_network.hpp"
#include "step/plan.hpp"
#include "step/scratch.hpp"
#include "threads/crew.hpp"

namespace millrace {

class DeadUnits {
 public:
  /// Whether the layer ends with relu or relu6.
  [[nodiscard]] static bool can_be_in(const NetworkNode& node);

  /// Samples rows of `data`, which is prepared, evenly spaced: a 32nd of them, but at least 32 and at most 256 where there
  /// are as many. No layer ends with relu: samples nothing. workers: those of the crew.
  DeadUnits(CompiledNetwork& compiled, const Dataset& data, int workers);

  /// The rows that count() takes through the network.
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  /// Uses the current weights.
  void count(Crew& crew);
  /// Of a node of the network, after count().
  [[nodiscard]] std::int64_t units(int node) const;
  [[nodiscard]] std::int64_t dead_units(int node) const;

 private:
  /// Some of the rows: what one worker takes through the network at once.
  struct Chunk {
    std::unique_ptr<Plan> plan;
    std::vector<std::vector<char>> lives;  // by node and unit: whether it is not zero in some row
  };

  void add_chunk(const Dataset& data, std::int64_t begin, std::int64_t end);
  void pass(Chunk& chunk, float* scratch) const;

  CompiledNetwork& compiled_;
  std::int64_t rows_ = 0;
  std::vector<Chunk> chunks_;
  Scratch scratch_;
};

}  // namespace millrace
