// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/cluster_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <new>
#include <system_error>
#include <thread>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "cli/commands/hosts.hpp"
#include "cli/screen/console.hpp"
#include "cluster/launch.hpp"
#include "step/ranks.hpp"

namespace millrace::cli {

namespace {

// Tells the others. Rank 0 reports the error, and so does a rank that they do not hear: now, because mpirun ends all
// processes when the first one has ended with an error, or because this one is about to end them.
void leave(Cluster& cluster, const Error& error) {
  const bool heard = cluster.leave(error);
  if (heard && cluster.rank() > 0) return;
  silence(false);
  const std::string rank = "[rank " + std::to_string(cluster.rank()) + " on " + cluster.host() + "] ";
  note((cluster.rank() == 0 ? "" : rank) + error.what());
  silence();
}

// A process that cannot join the others cannot ask who reports it, either. The first one of each host speaks. Most reasons
// hold for all hosts, and the mpirun of Open MPI ends all when the first one has ended: so each one waits longer than the one
// before.
std::unique_ptr<Cluster> join_with_one_voice() {
  try {
    return join_cluster();
  } catch (const Error& error) {
    const Launch launch = launch_of_process();
    // All know the same environment, and those of one host see the same files.
    if (launch.on_host > 0 || (launch.rank > 0 && !launch.problem.empty())) silence();
    const int turn = std::min(launch.rank, 20);
    if (turn > 0 && launch.problem.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1000 + 200 * turn));
    if (launch.problem.empty()) throw;
    throw Error(error.kind(), std::string(error.what()) + "; --alone if each process is to train a model of its own");
  }
}

}  // namespace

void run_in_cluster(const Settings& settings, void (*command)(const Settings& settings, Cluster* cluster)) {
  if (settings.boolean("alone", false)) return command(settings, nullptr);
  start_on_hosts(settings);
  const std::unique_ptr<Cluster> cluster = join_with_one_voice();
  if (!cluster) return command(settings, nullptr);
  if (cluster->rank() > 0) silence();
  try {
    command(settings, cluster.get());
  } catch (const Error& error) {
    leave(*cluster, error);
    throw;
  } catch (const std::bad_alloc&) {
    leave(*cluster, Error(ErrorKind::environment, std::string(out_of_memory)));
    throw;
  } catch (const std::exception& error) {
    leave(*cluster, Error(ErrorKind::internal, std::string("[millrace] internal error: ") + error.what()));
    throw;
  }
}

void require_cluster_settings(const TrainConfig& config) {
  const auto refuse = [](const std::string& have, const std::string& expected) {
    fail(ErrorKind::usage, "train", have + " in a cluster, expected " + expected);
  };
  if (config.find_learning_rate) refuse("--find-learning-rate", "it in one process: without mpirun");
  if (std::ranges::find(config.data.paths, "/dev/stdin") != config.data.paths.end())
    refuse("--data -", "a file, which every process can read");
}

namespace {

// "out/" and "./out" as "out".
std::string plain(const std::filesystem::path& folder) {
  const std::filesystem::path normal = folder.lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()).string();
}

}  // namespace

void require_one_folder(Cluster& cluster, const std::string& out) {
  Ranks ranks(&cluster);
  const std::vector<std::string> given = ranks.gather(plain(out)), hosts = ranks.gather(cluster.host());
  // Processes of one host see the same files. Another host may have another path to the working folder.
  std::error_code code;
  const std::vector<std::string> whole = ranks.gather(plain(std::filesystem::absolute(out, code)));
  for (std::size_t rank = 1; rank < given.size(); ++rank) {
    const bool same = given[rank] == given[0];
    if (same && (hosts[rank] != hosts[0] || whole[rank] == whole[0])) continue;
    const std::vector<std::string>& shown = same ? whole : given;
    fail(ErrorKind::usage, "train",
         "--out is '" + shown[0] + "' in rank 0 and '" + shown[rank] + "' in rank " + std::to_string(rank) + " of " +
             counted(cluster.size(), "process", "processes") +
             " that train one model together, expected the same folder, or --alone if each is to train a model of its "
             "own");
  }
}

void settle_slices(TrainConfig& config, const CheckpointRun* earlier, const Cluster* cluster) {
  if (config.fit.slices > 0) return;
  if (earlier != nullptr)
    config.fit.slices = earlier->slices;
  else if (cluster != nullptr)
    config.fit.slices = cluster->size();
  if (config.fit.slices > 1)
    config.settings.set("slices", {"train", "", "--slices", std::to_string(config.fit.slices)});
}

void note_processes(Cluster* cluster, const FitOptions& options) {
  if (cluster == nullptr)
    return note(launch_of_process().alone() ? "[train] one process, which mpirun or srun has not started"
                                            : "[train] one process, which trains alone (--alone)");
  const std::vector<Placement> places = placement(*cluster);
  const auto ranks = static_cast<std::int64_t>(places.size());
  for (const Placement& place : places) {
    const std::int64_t first = options.slices * place.rank / ranks, end = options.slices * (place.rank + 1) / ranks;
    note("[train] rank " + std::to_string(place.rank) + " on " + place.host + ": process " +
         std::to_string(place.process) + ", " +
         counted(options.threads > 0 ? options.threads : place.threads(), "thread") + " on " +
         counted(place.processors, "processor") +
         (place.sharing > 1 ? " that " + std::to_string(place.sharing) + " processes share" : "") + ", slices " +
         std::to_string(first + 1) + " to " + std::to_string(end) + " of " + std::to_string(options.slices));
  }
}

}  // namespace millrace::cli
