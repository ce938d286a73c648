// SPDX-License-Identifier: Apache-2.0
//
// Records what the layers of a run do, in the last step of an epoch:
//   recorder.before_step();
//   run the step
//   std::vector<LayerRecord> layers = recorder.after_step();
//
// It changes nothing in the step and needs memory for a copy of the weights. Only for a crew's leader, between steps.
#pragma once

#include <vector>

#include "run/layer_record.hpp"
#include "step/compiled_network.hpp"
#include "step/plan.hpp"
#include "step/scratch.hpp"

namespace millrace {

class LayerRecorder {
 public:
  /// Samples up to 256 rows of `data`, which is prepared, evenly spaced: at most an eighth of them, but 32 if there are
  /// so many. The layouts of the store must not change any more.
  LayerRecorder(CompiledNetwork& compiled, const Dataset& data);
  ~LayerRecorder() { compiled_.updater.sum_squares_to({}); }
  LayerRecorder(const LayerRecorder&) = delete;
  LayerRecorder& operator=(const LayerRecorder&) = delete;

  void before_step();
  /// The layers with weights, and those that end with relu, in the order of the network.
  [[nodiscard]] std::vector<LayerRecord> after_step();

 private:
  void sample_rows(const Dataset& data);
  void measure_weights(const NetworkNode& node, LayerRecord& record) const;
  void count_dead_units(std::vector<LayerRecord>& records);

  CompiledNetwork& compiled_;
  std::vector<float> before_;    // the store's buffer of weights before the step
  std::vector<double> squares_;  // of the gradients, by parameter
  std::vector<int> nodes_;       // that are recorded
  std::int64_t rows_ = 0;        // sampled rows
  std::unique_ptr<Plan> plan_;   // for these rows; null: no layer ends with relu
  Scratch scratch_;
};

}  // namespace millrace
