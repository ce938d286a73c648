// SPDX-License-Identifier: Apache-2.0
//
// Moving averages of the weights, which take the place of the weights when training ends (UpdateOptions::use_ema):
//   a = m a + (1 - m) w  after every step
#pragma once

#include "millrace/updates.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "step/parameter_store.hpp"

namespace millrace {

class WeightAverages {
 public:
  static constexpr const char* buffer_name = "average";  ///< in the store

  /// Adds the buffer to the store if the options ask for averages.
  WeightAverages(const Network& network, ParameterStore& store, const UpdateOptions& options);

  [[nodiscard]] bool kept() const { return buffer_ >= 0; }
  /// Takes the weights of the piece into the averages, if they are kept. `iteration` counts updates from 1. Every
  /// ema_overwrite_frequency updates the weights become their averages here.
  void take(const UpdateBlock& piece, std::int64_t iteration);
  /// Copies the averages over the weights, if they are kept. There has been an update.
  void become_weights();

 private:
  const Network* network_;
  ParameterStore* store_;
  double momentum_;
  std::int64_t overwrite_frequency_;
  int buffer_ = -1;
};

}  // namespace millrace
