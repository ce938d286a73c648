// SPDX-License-Identifier: Apache-2.0
//
// millrace train as one of several processes, which mpirun or srun has started.
#pragma once

#include "cli/settings/config.hpp"
#include "cli/settings/settings.hpp"
#include "millrace/checkpoint.hpp"
#include "millrace/cluster.hpp"

namespace millrace::cli {

/// Runs `command` with the cluster of this process, null if it is alone or has the flag --alone. Only rank 0 prints. An
/// error of one rank ends the command in all of them, and rank 0 reports it; a rank that cannot reach the others reports
/// it itself and ends them.
void run_in_cluster(const Settings& settings, void (*command)(const Settings& settings, Cluster* cluster));

/// Throws Error{usage} for settings that several processes do not have.
void require_cluster_settings(const TrainConfig& config);

/// Throws Error{usage} if ranks have different --out or, on one host, different working folders, as the processes of a sweep
/// do: they would train one model, and all folders but that of rank 0 would stay empty. All ranks call it at once.
void require_one_folder(Cluster& cluster, const std::string& out);

/// Sets config.fit.slices where the user has not: those of the run that goes on, else one for each process. run.toml names
/// them, so that it repeats the run in any number of processes. earlier: the run that goes on, or null.
void settle_slices(TrainConfig& config, const CheckpointRun* earlier, const Cluster* cluster);

/// Prints a line for each process. All ranks call it at once.
void note_processes(Cluster* cluster, const FitOptions& options);

}  // namespace millrace::cli
