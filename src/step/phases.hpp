// SPDX-License-Identifier: Apache-2.0
//
// Runs the phases of one step: gives their jobs to the crew, measures them if there is a profile, in debug builds checks
// what each phase wrote, and lets messages of a cluster go on between jobs.
#pragma once

#include "base/stopwatch.hpp"
#include "step/phase_check.hpp"
#include "step/profile.hpp"
#include "step/ranks.hpp"
#include "threads/crew.hpp"

namespace millrace {

class Phases {
 public:
  /// profile: null if nothing is measured; check: null if nothing is checked; ranks: null if no messages travel meanwhile.
  Phases(Crew& crew, Profile* profile, const PhaseCheck* check, Ranks* ranks = nullptr)
      : crew_(&crew), profile_(profile), check_(check), ranks_(ranks) {}

  [[nodiscard]] Profile* profile() const { return profile_; }
  /// Calls job(index, worker) for every index in [0, jobs), on all workers at once, and returns when all have ended.
  /// `pass`: the part of the row phase that this is, if it is one. Throws what a job threw, and Error{non_finite} if
  /// the check finds NaN or infinity.
  template <class Job>
  void run(Phase phase, std::int64_t jobs, const Job& job, const RowPass* pass = nullptr) const {
    if (jobs == 0) return;
    if (ranks_ == nullptr)
      run_jobs(phase, jobs, job);
    else  // the leader, worker 0, is the thread that uses the cluster
      run_jobs(phase, jobs, [&](std::int64_t index, int worker) {
        job(index, worker);
        if (worker == 0) ranks_->go_on();
      });
    if (check_ != nullptr) check_->after(phase, pass);
  }

  /// Calls use(), in which this process waits for others: to a profile, no worker is busy.
  template <class Use>
  void wait(Phase phase, const Use& use) const {
    const Stopwatch watch;
    use();
    if (profile_ == nullptr) return;
    PhaseProfile& entry = profile_->phases[static_cast<int>(phase)];
    const double seconds = watch.seconds();
    entry.seconds += seconds;
    entry.worker_seconds += seconds * crew_->active();
    entry.runs += 1;
  }

  /// Calls use(), a piece of a layer's work inside a job.
  template <class Use>
  void measure(int worker, int layer, LayerWork work, const Use& use) const {
    if (profile_ == nullptr) return use();
    const Stopwatch watch;
    use();
    profile_->add(worker, layer, work, watch.seconds());
  }

  /// The gradient that a job has just computed.
  void check_gradient(const GradientJob& job, const float* gradient) const {
    if (check_ != nullptr) check_->gradient(job, gradient);
  }

 private:
  template <class Job>
  void run_jobs(Phase phase, std::int64_t jobs, const Job& job) const {
    if (profile_ == nullptr)
      crew_->phase(jobs, job);
    else
      run_measured(phase, jobs, job);
  }

  template <class Job>
  void run_measured(Phase phase, std::int64_t jobs, const Job& job) const {
    const Stopwatch watch;
    crew_->phase(jobs, [&](std::int64_t index, int worker) {
      const Stopwatch own;
      job(index, worker);
      profile_->add_busy(worker, own.seconds());
    });
    PhaseProfile& entry = profile_->phases[static_cast<int>(phase)];
    const double seconds = watch.seconds();
    entry.seconds += seconds;
    entry.worker_seconds += seconds * crew_->active();
    entry.busy_seconds += profile_->take_busy();
    entry.runs += 1;
    entry.jobs += jobs;
  }

  Crew* crew_;
  Profile* profile_;
  const PhaseCheck* check_;
  Ranks* ranks_;
};

}  // namespace millrace
