// SPDX-License-Identifier: Apache-2.0
//
// The forward pass of a network's weights as they were when the predictor was made: plans are made once, and stay.
#pragma once

#include <optional>

#include "network/network.hpp"
#include "step/inference.hpp"
#include "step/parameter_store.hpp"

namespace millrace {

class Predictor {
 public:
  explicit Predictor(const Network& network);
  Predictor(const Predictor&) = delete;
  Predictor& operator=(const Predictor&) = delete;

  /// Outputs for prepared rows, or nothing where a feature is not finite. threads: as FitOptions::threads, and no more
  /// than have something to do.
  [[nodiscard]] std::optional<Matrix> predict(const Dataset& prepared, int threads);
  /// Whether the network's weights may be others by now.
  [[nodiscard]] bool outdated() const { return network_->version() != version_; }

 private:
  const Network* network_;
  std::uint64_t version_;
  ParameterStore store_;
  Inference inference_;
};

}  // namespace millrace
