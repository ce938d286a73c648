// SPDX-License-Identifier: Apache-2.0
//
// A model's state before a call that may be refused late, when parts of it have changed:
//   StateBefore before(state);
//   try { ... } catch (...) { before.restore(); throw; }
#pragma once

#include <optional>
#include <vector>

#include "model/state.hpp"

namespace millrace {

class StateBefore {
 public:
  /// Copies the description. Weights and the optimizer's state are not copied.
  explicit StateBefore(Model::State& state);

  /// Must be called before the trainer's position changes. Takes the position away from the trainer and returns it.
  const TrainingState& take_position();
  /// Must be called before the weights, the optimizer's state or the preparation change: copies them.
  void keep_numbers();
  /// From now on there is no way back.
  void drop();

  /// Sets the state to what it was. Does nothing after drop(). Throws std::bad_alloc.
  void restore();

 private:
  struct Numbers {
    Preparation preparation;
    std::vector<std::vector<float>> buffers;  // the weights; then, if there was a trainer, those of its optimizer
    std::int64_t accumulated = 0;
  };
  struct Kept {
    ModelCard card;
    bool built = false, compiled = false;  // whether there was a network, and a trainer
    bool weights_are_lost = false;
    KernelChoice kernels = KernelChoice::automatic;
    ProductPrecision precision = ProductPrecision::fp32;
    std::optional<TrainingState> position;
    std::optional<Numbers> numbers;
  };
  void restore_numbers(const Numbers& numbers);

  Model::State& state_;
  std::optional<Kept> kept_;
};

}  // namespace millrace
