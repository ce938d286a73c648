// SPDX-License-Identifier: Apache-2.0
#include "base/crew.hpp"

#include <immintrin.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <tbb/version.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/cpu_budget.hpp"
#include "base/matmul.hpp"

namespace millrace {

namespace {

// The ticket word: which phase, how many jobs it has, how many were handed out. One fetch_add takes a job and tells
// for which phase it is, so a worker that slept through a phase cannot run its function on the next one's jobs.
constexpr int index_bits = 24, count_bits = 24;
constexpr std::uint64_t index_mask = (std::uint64_t{1} << index_bits) - 1;
constexpr std::int64_t largest_phase = std::int64_t{1} << 23;  // leaves room for tickets drawn in vain

constexpr std::uint64_t ticket_word(std::uint64_t phase, std::uint64_t jobs) {
  return phase << (index_bits + count_bits) | jobs << index_bits;
}
constexpr std::uint64_t ticket_jobs(std::uint64_t word) { return (word >> index_bits) & index_mask; }
constexpr std::uint64_t ticket_index(std::uint64_t word) { return word & index_mask; }
constexpr bool exhausted(std::uint64_t word) { return ticket_index(word) >= ticket_jobs(word); }

// A phase of a small model takes a few microseconds: longer than this without work, and the processor is given away.
constexpr int spins_before_yield = 4000;
constexpr int yields_before_sleep = 40;

// An arena that is given up before its workers have come keeps its memory (oneTBB 2021.8; 7 KiB a run on a busy
// machine). So arenas are used again: there are as many of a size as there were runs at once.
class ArenaLease {
 public:
  explicit ArenaLease(int workers) : workers_(workers) {
    const std::lock_guard lock(mutex());
    Arenas& kept = free_arenas()[workers];
    if (kept.empty()) {
      arena_ = std::make_unique<tbb::task_arena>(workers, 1);
    } else {
      arena_ = std::move(kept.back());
      kept.pop_back();
    }
  }
  ~ArenaLease() {
    const std::lock_guard lock(mutex());
    free_arenas()[workers_].push_back(std::move(arena_));
  }
  ArenaLease(const ArenaLease&) = delete;
  ArenaLease& operator=(const ArenaLease&) = delete;
  [[nodiscard]] tbb::task_arena& arena() { return *arena_; }

 private:
  using Arenas = std::vector<std::unique_ptr<tbb::task_arena>>;
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  // Never destroyed: oneTBB may be gone when static objects are.
  static std::map<int, Arenas>& free_arenas() {
    static std::map<int, Arenas>& instance = *new std::map<int, Arenas>;
    return instance;
  }
  int workers_;
  std::unique_ptr<tbb::task_arena> arena_;
};

}  // namespace

// Each on a cache line of its own: workers read `ticket` while the leader waits on `done`.
struct Crew::Shared {
  alignas(64) std::atomic<std::uint64_t> ticket{0};
  alignas(64) std::atomic<std::int64_t> done{0};
  alignas(64) std::atomic<std::uint32_t> signal{0};  // changes with every phase that somebody may sleep through
  std::atomic<int> sleepers{0};
  std::atomic<bool> stop{false};
  alignas(64) std::atomic<int> active{1};  // 0 when the run is over
  alignas(64) Function function = nullptr;
  const void* context = nullptr;
  std::uint64_t phase = 0;
  // Workers beyond the processors take the processor from whoever has the job. They sleep, unless another one does.
  bool oversubscribed = false;
  int most_awake = 0;
  std::atomic<int> awake{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure;

  void run_job(std::uint64_t index, int worker) {
    try {
      function(context, static_cast<std::int64_t>(index), worker);
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  }
  void wake() {
    signal.fetch_add(1, std::memory_order_seq_cst);
    if (sleepers.load(std::memory_order_seq_cst) == 0 || awake.load(std::memory_order_relaxed) >= most_awake) return;
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

Crew::Crew(int workers) : workers_(std::max(1, workers)), active_(workers_), shared_(std::make_unique<Shared>()) {
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
  const KernelThread kernel_thread;
  if (workers_ == 1) {
    leader(*this);
    return;
  }
  // TBB would not create more threads than it counts processors; what was asked for is created.
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(workers_));
  ArenaLease lease(workers_);
  shared_->stop = false;
  shared_->active = active_;
  lease.arena().execute([&] {
    tbb::task_group group;
    for (int worker = 1; worker < workers_; ++worker) {
      group.run([this, worker] {
        const KernelThread worker_thread;
        const AffinityGuard affinity;
        serve(worker);
      });
    }
    // The workers leave however the leader ends; a task that never started sees `stop` when wait() runs it.
    struct Dismiss {
      Shared& shared;
      tbb::task_group& group;
      ~Dismiss() {
        shared.dismiss();
        group.wait();
      }
    } dismiss{*shared_, group};
    leader(*this);
  });
}

void Crew::run_phase(std::int64_t jobs, Function function, const void* context) {
  // Phases beyond the ticket's width run in parts; the order of jobs means nothing.
  if (jobs > largest_phase) {
    struct Part {
      Function function;
      const void* context;
      std::int64_t begin;
    };
    for (std::int64_t begin = 0; begin < jobs; begin += largest_phase) {
      const Part part{function, context, begin};
      run_phase(
          std::min(largest_phase, jobs - begin),
          [](const void* p, std::int64_t index, int worker) {
            const Part& whole = *static_cast<const Part*>(p);
            whole.function(whole.context, whole.begin + index, worker);
          },
          &part);
    }
    return;
  }
  Shared& shared = *shared_;
  shared.function = function;
  shared.context = context;
  shared.done.store(0, std::memory_order_relaxed);
  const auto count = static_cast<std::uint64_t>(jobs);
  shared.ticket.store(ticket_word(++shared.phase, count), std::memory_order_release);
  shared.wake();
  std::int64_t own = 0;
  for (;;) {
    const std::uint64_t taken = shared.ticket.fetch_add(1, std::memory_order_acquire);
    if (exhausted(taken)) break;
    shared.run_job(ticket_index(taken), 0);
    ++own;
  }
  shared.done.fetch_add(own, std::memory_order_acq_rel);
  // Only jobs that somebody has taken are left: they end without anybody else's help.
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
  Shared& shared = *shared_;
  shared.awake.fetch_add(1, std::memory_order_relaxed);
  int idle = 0;
  while (!shared.stop.load(std::memory_order_acquire)) {
    // A worker that is not needed sleeps apart, so that no phase wakes it.
    if (const int active = shared.active.load(std::memory_order_seq_cst); active > 0 && worker >= active) {
      shared.awake.fetch_sub(1, std::memory_order_relaxed);
      shared.active.wait(active, std::memory_order_seq_cst);
      shared.awake.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    const std::uint32_t seen = shared.signal.load(std::memory_order_seq_cst);
    if (!exhausted(shared.ticket.load(std::memory_order_acquire))) {
      const std::uint64_t taken = shared.ticket.fetch_add(1, std::memory_order_acquire);
      if (!exhausted(taken)) {
        shared.run_job(ticket_index(taken), worker);
        shared.done.fetch_add(1, std::memory_order_acq_rel);
        idle = 0;
        continue;
      }
    }
    const bool needed = shared.awake.load(std::memory_order_relaxed) <= shared.most_awake;
    if (++idle < spins_before_yield && needed) {
      _mm_pause();
    } else if (idle < spins_before_yield + yields_before_sleep && needed) {
      std::this_thread::yield();
    } else {
      shared.awake.fetch_sub(1, std::memory_order_relaxed);
      shared.sleepers.fetch_add(1, std::memory_order_seq_cst);
      if (!shared.stop.load(std::memory_order_seq_cst)) shared.signal.wait(seen, std::memory_order_seq_cst);
      shared.sleepers.fetch_sub(1, std::memory_order_seq_cst);
      shared.awake.fetch_add(1, std::memory_order_relaxed);
      idle = 0;
    }
  }
  shared.awake.fetch_sub(1, std::memory_order_relaxed);
}

std::string crew_library() { return std::string("oneTBB ") + TBB_runtime_version(); }

}  // namespace millrace
