// SPDX-License-Identifier: Apache-2.0
//
// The workers that compute a training run or a prediction, phase after phase. Their threads are oneTBB's (tasks.hpp).
//
//   Crew crew(threads);
//   crew.run([&](Crew& team) {                       // workers arrive when oneTBB starts them
//     for (...) team.phase(jobs, [&](std::int64_t job, int worker) { ... });
//   });
//
// One oneTBB task per worker lasts for the whole run. A phase hands out its jobs by atomic tickets (tickets.hpp), and
// any worker that is free takes the next one. Nothing waits for a worker that has not arrived. Jobs may run in any
// order on any worker, so state belongs to a job; the number of a worker only selects scratch memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

namespace millrace {

class Crew {
 public:
  /// workers: threads including the caller's own, at least 1. With 1, oneTBB is not used. portable: whether the loops of
  /// its jobs are portable (vectorize.hpp).
  explicit Crew(int workers, bool portable = false);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Runs `leader` here while the other workers serve its phases. Throws Error{environment} if threads cannot start.
  void run(const std::function<void(Crew&)>& leader);

  /// Calls job(index, worker) for every index in [0, jobs) and returns when all calls have returned. Only for the
  /// leader, inside run(). The first exception of a job is rethrown at the end of the phase. Allocates nothing.
  template <class Job>
  void phase(std::int64_t jobs, const Job& job) {
    if (active_ <= 1 || jobs <= 1) {
      for (std::int64_t index = 0; index < jobs; ++index) job(index, 0);
      return;
    }
    run_phase(
        jobs,
        [](const void* context, std::int64_t index, int worker) { (*static_cast<const Job*>(context))(index, worker); },
        &job);
  }

  [[nodiscard]] int workers() const { return workers_; }
  [[nodiscard]] bool portable() const { return portable_; }
  /// How many workers take part in the next phases, from 1 to workers(). The others sleep.
  void set_active(int count);
  [[nodiscard]] int active() const { return active_; }

 private:
  using Function = void (*)(const void* context, std::int64_t index, int worker);
  struct Shared;

  void run_phase(std::int64_t jobs, Function function, const void* context);
  void serve(int worker);

  int workers_;
  bool portable_;
  int active_;
  std::unique_ptr<Shared> shared_;
};

}  // namespace millrace
