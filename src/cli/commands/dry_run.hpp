// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const DryRun estimate = dry_run(model, parts, fit_options(...));
//   print(dry_run_text(estimate));
//
// What a training would take, measured on some of its steps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/commands/cluster_forecast.hpp"
#include "millrace/model.hpp"
#include "millrace/split.hpp"

namespace millrace::cli {

struct DryRun {
  std::int64_t training_rows = 0, validation_rows = 0, columns = 0, parameters = 0;
  std::int64_t epochs = 0, steps_per_epoch = 0;
  double step_seconds = 0, epoch_seconds = 0;  ///< an epoch: its steps and the evaluations after it
  double seconds = 0;                          ///< of all epochs; early stopping may make them fewer
  int threads = 1;
  std::string thread_reason;
  double peak_mib = 0;                       ///< the most resident memory
  int processes = 1;                         ///< that these figures are of
  std::optional<ClusterForecast> cluster{};  ///< of a run that several processes could train
};

/// Trains a copy of the model for at most two seconds, and evaluates, saves and exports it as the run would, in a
/// temporary folder. The model stays as it is. Throws as Model::fit().
[[nodiscard]] DryRun dry_run(const Model& model, const Split& parts, const FitOptions& options);

[[nodiscard]] std::string dry_run_text(const DryRun& estimate);
/// seconds, epoch_seconds, step_us, epochs, steps_per_epoch, threads, peak_rss_mib, parameters, training_rows,
/// validation_rows, columns, processes; of a run that several processes could train also exchange_bytes,
/// pays_above_gbps, best_processes and two_processes_us (a step) by Gb/s; in a cluster, where these are of the network
/// that was measured, link_gbps, exchange_us, processor_ns_per_byte and forecast_us (a step of these processes)
[[nodiscard]] std::string dry_run_json(const DryRun& estimate);

}  // namespace millrace::cli
