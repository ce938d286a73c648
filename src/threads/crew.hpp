// SPDX-License-Identifier: Apache-2.0
//
// The only place that knows threads. They are oneTBB's (tasks.hpp).
//
//   Crew crew(threads);
//   crew.run([&](Crew& team) {                       // workers arrive when TBB sends them
//     for (...) team.phase(jobs, [&](std::int64_t job, int worker) { ... });
//   });
//
// One TBB task per worker stays for the whole run. A phase hands out its jobs by atomic tickets (tickets.hpp): whoever
// is there takes the next. A worker that never arrives is never waited for. Jobs may run in any order on any worker, so
// state belongs to a job, and a worker's index only picks scratch memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

namespace millrace {

class Crew {
 public:
  /// `workers` threads including the caller's own; at least 1. With 1, TBB is not touched.
  explicit Crew(int workers);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Runs `leader` on the calling thread while the other workers serve its phases. Not reentrant.
  void run(const std::function<void(Crew&)>& leader);

  /// Calls job(index, worker) for every index in [0, jobs) and returns when all are done. Only inside run(), only by
  /// the leader. The first exception of a job is rethrown here, after the phase has ended. Allocates nothing.
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
  /// How many of the workers take part in the next phases: 1..workers(). The rest sleep.
  void set_active(int count);
  [[nodiscard]] int active() const { return active_; }

 private:
  using Function = void (*)(const void* context, std::int64_t index, int worker);
  struct Shared;

  void run_phase(std::int64_t jobs, Function function, const void* context);
  void serve(int worker);

  int workers_;
  int active_;
  std::unique_ptr<Shared> shared_;
};

}  // namespace millrace
