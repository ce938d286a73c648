// SPDX-License-Identifier: Apache-2.0
#include "threads/crew.hpp"

#include <immintrin.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "threads/cpu_budget.hpp"
#include "threads/kernel_thread.hpp"
#include "threads/tasks.hpp"
#include "threads/tickets.hpp"

namespace millrace {

namespace {

// A phase of a small model takes a few microseconds. After these rounds without work a worker gives up its processor.
constexpr int spins_before_yield = 4000;
constexpr int yields_before_sleep = 40;

}  // namespace

// What the leader writes in every phase and what workers write is on separate cache lines.
struct Crew::Shared {
  explicit Shared(int workers) : tickets(workers) {}

  Tickets tickets;
  alignas(64) std::atomic<std::int64_t> done{0};
  // Read in every round of waiting, and seldom written.
  alignas(64) std::atomic<std::uint32_t> signal{0};  // changes when sleepers have something to do
  std::atomic<int> sleepers{0};
  std::atomic<bool> stop{false};
  std::atomic<int> active{1};  // 0 when the run is over
  // If there are more workers than processors, a worker that waits takes the processor from one that computes. So at
  // most as many as there are processors stay awake.
  bool oversubscribed = false;
  int most_awake = 0;
  std::atomic<int> awake{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure;

  // Runs jobs of the phase until none is left to take. Returns how many it ran.
  std::int64_t run_jobs(std::uint64_t phase, int worker) {
    std::int64_t count = 0;
    for (std::int64_t job = tickets.take(phase, worker); job != Tickets::none; job = tickets.take(phase, worker)) {
      run_job(job, worker);
      ++count;
    }
    if (count > 0) done.fetch_add(count, std::memory_order_acq_rel);
    return count;
  }
  void run_job(std::int64_t index, int worker) {
    try {
      const Tickets::Work& work = tickets.work();
      work.function(work.context, index, worker);
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  }
  // Call after opening a phase. A worker that falls asleep first counts itself as a sleeper and then looks for a phase
  // once more, so none is missed.
  void wake() {
    if (sleepers.load(std::memory_order_seq_cst) == 0) return;
    signal.fetch_add(1, std::memory_order_seq_cst);
    if (awake.load(std::memory_order_relaxed) >= most_awake) return;
    if (oversubscribed)
      signal.notify_one();
    else
      signal.notify_all();
  }
  void dismiss() {
    stop = true;
    active = 0;
    active.notify_all();
    signal.fetch_add(1, std::memory_order_seq_cst);
    signal.notify_all();
  }
};

Crew::Crew(int workers, bool portable)
    : workers_(std::clamp(workers, 1, Tickets::most_workers)),
      portable_(portable),
      active_(workers_),
      shared_(std::make_unique<Shared>(workers_)) {
  shared_->oversubscribed = workers_ > cpu_budget().processors;
  shared_->most_awake = std::min(workers_, cpu_budget().processors) - 1;
}

Crew::~Crew() = default;

void Crew::set_active(int count) {
  active_ = std::clamp(count, 1, workers_);
  shared_->active.store(active_, std::memory_order_seq_cst);
  shared_->active.notify_all();
}

void Crew::run(const std::function<void(Crew&)>& leader) {
  const KernelThread kernel_thread(portable_);
  if (workers_ == 1) {
    leader(*this);
    return;
  }
  shared_->stop = false;
  shared_->active = active_;
  run_tasks(workers_, {.leader = [&] { leader(*this); },
                       .worker = [this](int worker) { serve(worker); },
                       .leader_is_done = [this] { shared_->dismiss(); }});
}

void Crew::run_phase(std::int64_t jobs, Function function, const void* context) {
  // A phase with more jobs than tickets can number runs in parts.
  if (jobs > Tickets::most_jobs) {
    struct Part {
      Function function;
      const void* context;
      std::int64_t begin;
    };
    for (std::int64_t begin = 0; begin < jobs; begin += Tickets::most_jobs) {
      const Part part{function, context, begin};
      run_phase(
          std::min(Tickets::most_jobs, jobs - begin),
          [](const void* p, std::int64_t index, int worker) {
            const Part& whole = *static_cast<const Part*>(p);
            whole.function(whole.context, whole.begin + index, worker);
          },
          &part);
    }
    return;
  }
  Shared& shared = *shared_;
  shared.done.store(0, std::memory_order_relaxed);
  shared.tickets.open(jobs, active_, {function, context});
  shared.wake();
  shared.run_jobs(shared.tickets.phase(), 0);
  // The jobs that are left have been taken by running workers.
  for (int spins = 0; shared.done.load(std::memory_order_acquire) < jobs; ++spins) {
    if (spins > spins_before_yield) {
      std::this_thread::yield();
    } else {
      _mm_pause();
    }
  }
  if (shared.failed.load(std::memory_order_acquire)) {
    shared.failed = false;
    std::rethrow_exception(std::exchange(shared.failure, nullptr));
  }
}

void Crew::serve(int worker) {
  const KernelThread kernel_thread(portable_);
  const AffinityGuard affinity;
  Shared& shared = *shared_;
  shared.awake.fetch_add(1, std::memory_order_relaxed);
  std::uint64_t served = 0;  // the last phase of which nothing is left to take
  int idle = 0;
  while (!shared.stop.load(std::memory_order_acquire)) {
    // A worker that is not active sleeps on another variable, so that phases do not wake it.
    if (const int active = shared.active.load(std::memory_order_seq_cst); active > 0 && worker >= active) {
      shared.awake.fetch_sub(1, std::memory_order_relaxed);
      shared.active.wait(active, std::memory_order_seq_cst);
      shared.awake.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    if (const std::uint64_t phase = shared.tickets.phase(); phase != served) {
      if (shared.run_jobs(phase, worker) > 0) idle = 0;
      served = phase;
      continue;
    }
    const bool needed = shared.awake.load(std::memory_order_relaxed) <= shared.most_awake;
    if (++idle < spins_before_yield && needed) {
      _mm_pause();
    } else if (idle < spins_before_yield + yields_before_sleep && needed) {
      std::this_thread::yield();
    } else {
      const std::uint32_t seen = shared.signal.load(std::memory_order_seq_cst);
      shared.awake.fetch_sub(1, std::memory_order_relaxed);
      shared.sleepers.fetch_add(1, std::memory_order_seq_cst);
      if (!shared.stop.load(std::memory_order_seq_cst) && shared.tickets.phase() == served)
        shared.signal.wait(seen, std::memory_order_seq_cst);
      shared.sleepers.fetch_sub(1, std::memory_order_seq_cst);
      shared.awake.fetch_add(1, std::memory_order_relaxed);
      idle = 0;
    }
  }
  shared.awake.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace millrace
