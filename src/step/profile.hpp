// SPDX-License-Identifier: Apache-2.0
//
// run_phase names, times and, in checked builds, verifies every phase of a step; measured() does a piece of one layer.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "threads/crew.hpp"

namespace millrace {

enum class Phase { pack, rows, coupled, weights, reduce, norms, update, average, constrain };
inline constexpr std::array<std::string_view, 9> phase_names{"pack",  "rows",   "coupled", "weights",  "reduce",
                                                             "norms", "update", "average", "constrain"};

/// What a layer does in a step. `gradient` is the product, `update` what is then done with its result.
enum class LayerWork { forward, backward, gradient, update };
inline constexpr std::size_t layer_works = 4;

struct PhaseProfile {
  std::int64_t runs = 0, jobs = 0;
  double seconds = 0;         ///< of the clock
  double worker_seconds = 0;  ///< the same times the active workers
  double busy_seconds = 0;    ///< of them, those inside jobs; the rest was waiting
};

struct LayerProfile {
  std::array<double, layer_works> seconds{};  ///< by LayerWork, of all workers together
  double multiply_adds = 0;                   ///< of forward, and of backward, and of gradient, each
};

/// What --profile shows. A null pointer where it is off: nothing is measured then.
class Profile {
 public:
  Profile(int workers, int layers) : workers_(workers) {
    for (Worker& worker : workers_) worker.layers.resize(layers);
  }

  std::array<PhaseProfile, phase_names.size()> phases{};

  /// Called by the worker itself, so that nothing is shared.
  void add(int worker, int layer, LayerWork work, double seconds) {
    workers_[worker].layers[layer].seconds[static_cast<int>(work)] += seconds;
  }
  void add_busy(int worker, double seconds) { workers_[worker].busy += seconds; }
  void add_work(int layer, double multiply_adds) { workers_[0].layers[layer].multiply_adds += multiply_adds; }
  /// The seconds inside jobs since the last call, of all workers.
  [[nodiscard]] double take_busy() {
    double sum = 0;
    for (Worker& worker : workers_) {
      sum += worker.busy;
      worker.busy = 0;
    }
    return sum;
  }
  [[nodiscard]] LayerProfile layer(int index) const {
    LayerProfile sum;
    for (const Worker& worker : workers_) {
      const LayerProfile& part = worker.layers[index];
      for (std::size_t work = 0; work < layer_works; ++work)
        sum.seconds[static_cast<int>(work)] += part.seconds[static_cast<int>(work)];
      sum.multiply_adds += part.multiply_adds;
    }
    return sum;
  }

 private:
  struct alignas(64) Worker {
    double busy = 0;
    std::vector<LayerProfile> layers;
  };
  std::vector<Worker> workers_;
};

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Does `use()`, a piece of the layer's work.
template <class Use>
void measured(Profile* profile, int worker, int layer, LayerWork work, const Use& use) {
  if (profile == nullptr) return use();
  const Stopwatch watch;
  use();
  profile->add(worker, layer, work, watch.seconds());
}

template <class Job>
void run_phase(Phase phase, Crew& crew, std::int64_t jobs, Profile* profile, const Job& job) {
  if (jobs == 0) return;
  if (profile == nullptr) {
    crew.phase(jobs, job);
    return;
  }
  const Stopwatch watch;
  crew.phase(jobs, [&](std::int64_t index, int worker) {
    const Stopwatch own;
    job(index, worker);
    profile->add_busy(worker, own.seconds());
  });
  PhaseProfile& entry = profile->phases[static_cast<int>(phase)];
  const double seconds = watch.seconds();
  entry.seconds += seconds;
  entry.worker_seconds += seconds * crew.active();
  entry.busy_seconds += profile->take_busy();
  entry.runs += 1;
  entry.jobs += jobs;
}

}  // namespace millrace
