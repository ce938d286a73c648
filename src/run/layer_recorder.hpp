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

/// Whether a run of `epochs` epochs records this one, which counts from 1: all up to 128, every second up to 256, every
/// fourth up to 512 and so on, and the last one. So the record grows with the logarithm of their number. distance: count
/// epochs 1, 1 + distance, 1 + 2 distance, ... only.
[[nodiscard]] bool records_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t distance = 1);

/// The distance at which recording takes at most a twentieth of the time of a run, or a tenth of a second. Recording takes
/// about as long as training on 50 rows, whatever the network, so that few rows need a distance. The number of weights
/// and of epochs says whether the time matters at all. A function of sizes, so each run of a table records the same epochs.
[[nodiscard]] std::int64_t record_distance(std::int64_t weights, std::int64_t rows, std::int64_t epochs);

}  // namespace millrace
