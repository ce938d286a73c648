// SPDX-License-Identifier: Apache-2.0
//
// Where the time of training steps went: by phase, and by layer. This is what --profile shows.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace {

/// The phases of a step, in the order in which they run; each ends before the next one begins. Most steps need only
/// some of them.
enum class Phase { pack, rows, coupled, weights, reduce, exchange, norms, update, average, constrain };
inline constexpr std::array<std::string_view, 10> phase_names{"pack",     "rows",  "coupled", "weights", "reduce",
                                                              "exchange", "norms", "update",  "average", "constrain"};
[[nodiscard]] constexpr std::string_view name_of(Phase phase) { return phase_names[static_cast<int>(phase)]; }

/// What a layer does in a step. `gradient` is the product, `update` everything that its result is used for.
enum class LayerWork { forward, backward, gradient, update };
inline constexpr int layer_works = 4;

struct PhaseProfile {
  std::int64_t runs = 0, jobs = 0;
  double seconds = 0;         ///< elapsed
  double worker_seconds = 0;  ///< elapsed seconds times active workers
  double busy_seconds = 0;    ///< the part of worker_seconds inside jobs; in the rest workers waited
};

struct LayerProfile {
  std::array<double, layer_works> seconds{};  ///< by LayerWork, of all workers together
  double multiply_adds = 0;                   ///< of forward; backward and gradient have as many each
};

/// The sums over all steps that were run with this profile. Without a profile (a null pointer) nothing is measured.
class Profile {
 public:
  Profile(int workers, int layers) : workers_(workers) {
    for (Worker& worker : workers_) worker.layers.resize(layers);
  }

  std::array<PhaseProfile, phase_names.size()> phases{};

  /// Each worker adds only under its own number, so that no two write to the same memory.
  void add(int worker, int layer, LayerWork work, double seconds) {
    workers_[worker].layers[layer].seconds[static_cast<int>(work)] += seconds;
  }
  void add_busy(int worker, double seconds) { workers_[worker].busy += seconds; }
  void add_work(int layer, double multiply_adds) { workers_[0].layers[layer].multiply_adds += multiply_adds; }
  /// The seconds that all workers spent inside jobs since the last call.
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
      for (int work = 0; work < layer_works; ++work) sum.seconds[work] += part.seconds[work];
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

}  // namespace millrace
