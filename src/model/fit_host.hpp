// SPDX-License-Identifier: Apache-2.0
//
// What a run of Model::fit() asks of the model: its checkpoint, models of earlier epochs, the file of a failed step, and
// training rows whose categories are hidden for an epoch.
#pragma once

#include <optional>

#include "model/files/checkpoint.hpp"
#include "model/state_before.hpp"
#include "prepare/hidden_categories.hpp"
#include "run/run_host.hpp"
#include "threads/background_job.hpp"

namespace millrace {

class FitHost final : public RunHost {
 public:
  /// `training`: the prepared rows, whose features may be replaced by a copy that changes. `saved`: whether the checkpoint
  /// is of this run, because it is resumed. `before` is dropped when the first epoch begins. All must outlive the host.
  FitHost(Model::State& state, const FitOptions& options, RunOrigin origin, Dataset& training, bool saved,
          StateBefore& before);

  void begin_epoch(std::uint64_t epoch) override;
  void end_epoch() override;
  void save_checkpoint() override;
  void begin_checkpoint() override;
  [[nodiscard]] bool is_writing() const override { return writing_.running(); }
  bool load_checkpoint() override;
  void write_model(const std::string& path, std::span<const float> weights, std::int64_t epochs) override;
  void write_failure(const FailedStep& step) override;

 private:
  /// Number of rows of the epoch that are done.
  [[nodiscard]] std::int64_t rows_done() const;

  Model::State& state_;
  const FitOptions& options_;
  const RunOrigin origin_;
  const Dataset& training_;
  const bool writes_;  // files: only one process of a cluster does
  bool saved_;
  StateBefore& before_;
  std::optional<HiddenCategories> hidden_;
  BackgroundJob writing_;
};

}  // namespace millrace
