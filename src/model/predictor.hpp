// SPDX-License-Identifier: Apache-2.0
//
// Plans and workers for forward passes, kept from call to call. Only one thread at a time may use a predictor; a model
// has one for each seat of its readers (gate.hpp). Each call uses the store's current weights.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "step/inference.hpp"
#include "threads/crew.hpp"

namespace millrace {

class Predictor {
 public:
  /// Network and store must outlive the predictor. objective may be null if evaluate() is not called.
  Predictor(const Network& network, ParameterStore& store, std::shared_ptr<const Objective> objective);
  Predictor(const Predictor&) = delete;
  Predictor& operator=(const Predictor&) = delete;

  /// Outputs [rows x output width], or nothing if a prepared feature is not finite. threads: 0 uses the processor budget;
  /// uses fewer if the rows do not keep all busy. After the first call of its size it allocates only the result.
  /// Both throw Error{interrupted} if `stop` (may be null) is set before their last rows.
  [[nodiscard]] std::optional<Matrix> predict(const InferenceRows& rows, int threads,
                                              const std::atomic<bool>* stop = nullptr);
  [[nodiscard]] Evaluation evaluate(const InferenceRows& rows, int threads, const std::atomic<bool>* stop = nullptr);

 private:
  Inference& inference();
  Crew& crew(std::int64_t workers);

  const Network* network_;
  ParameterStore* store_;
  std::shared_ptr<const Objective> objective_;
  std::optional<Inference> inference_;
  std::uint64_t layout_version_ = 0;  // the store's when inference_ was made
  std::unique_ptr<Crew> crew_;
};

}  // namespace millrace
