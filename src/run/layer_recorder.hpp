// SPDX-License-Identifier: Apache-2.0
//
// Records what the layers of a run do, in the last step of an epoch:
//   recorder.before_step(crew);
//   run the step
//   std::vector<LayerRecord> layers = recorder.after_step(crew);
//
// It changes nothing in the step and needs memory for a copy of the weights. Only for a crew's leader, between steps.
#pragma once

#include <vector>

#include "run/dead_units.hpp"
#include "run/layer_record.hpp"
#include "run/weight_survey.hpp"

namespace millrace {

class LayerRecorder {
 public:
  /// `data` are the rows that dead units are looked for in. workers: those of the crew.
  LayerRecorder(CompiledNetwork& compiled, const Dataset& data, int workers);
  ~LayerRecorder() { compiled_.updater.sum_squares_to({}); }
  LayerRecorder(const LayerRecorder&) = delete;
  LayerRecorder& operator=(const LayerRecorder&) = delete;

  void before_step(Crew& crew);
  /// The layers with weights, and those that end with relu, in the order of the network.
  [[nodiscard]] std::vector<LayerRecord> after_step(Crew& crew);

 private:
  [[nodiscard]] LayerRecord record_of(std::size_t layer) const;

  CompiledNetwork& compiled_;
  std::vector<int> nodes_;       // that are recorded
  std::vector<double> squares_;  // of the gradients, by parameter
  WeightSurvey weights_;
  DeadUnits dead_;
};

}  // namespace millrace
