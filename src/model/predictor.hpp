// SPDX-License-Identifier: Apache-2.0
//
// Plans and workers for forward passes, made once and used again by later calls. One caller at a time uses a predictor;
// a model has one for each seat of its readers (gate.hpp). The weights are the store's at each call.
#pragma once

#include <memory>
#include <optional>

#include "step/inference.hpp"
#include "threads/crew.hpp"

namespace millrace {

class Predictor {
 public:
  /// Network and store outlive the predictor. objective may be null: then only predict() works.
  Predictor(const Network& network, ParameterStore& store, std::shared_ptr<const Objective> objective);
  Predictor(const Predictor&) = delete;
  Predictor& operator=(const Predictor&) = delete;

  /// Outputs [rows x output width], or nothing if a prepared feature is not finite. threads: as FitOptions::threads; at
  /// most as many as the rows keep busy. After the first call of its size it allocates the result alone.
  [[nodiscard]] std::optional<Matrix> predict(const InferenceRows& rows, int threads);
  [[nodiscard]] Evaluation evaluate(const InferenceRows& rows, int threads);

 private:
  Inference& inference();
  Crew& crew(std::int64_t workers);

  const Network* network_;
  ParameterStore* store_;
  std::shared_ptr<const Objective> objective_;
  std::optional<Inference> inference_;
  std::uint64_t layout_version_ = 0;  // of the store, that inference_ was made for
  std::unique_ptr<Crew> crew_;
};

}  // namespace millrace
