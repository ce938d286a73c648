// SPDX-License-Identifier: Apache-2.0
//
// Hands out the jobs of one phase after another, each job once, without a lock.
//
// Every worker has a range of neighbouring jobs, its home. What these jobs read and write in phase after phase (the
// activations of a shard, the moments of a tile of weights) stays in the cache of its core, and memory that the
// processor prefetches past the end of one job belongs to the next job of the same core. A worker that has finished its
// home takes jobs of the others, so no phase waits for a worker that is late.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace millrace {

class Tickets {
 public:
  /// The function that runs the jobs of a phase.
  struct Work {
    void (*function)(const void* context, std::int64_t index, int worker);
    const void* context;
  };

  static constexpr std::int64_t most_jobs = (std::int64_t{1} << 24) - 1;
  static constexpr int most_workers = (1 << 16) - 1;
  static constexpr std::int64_t none = -1;

  explicit Tickets(int workers) : workers_(workers), handed_(std::make_unique<Handed[]>(workers)) {}

  /// Opens the next phase. All jobs of the previous one must have been handed out. A worker that takes a job of the new
  /// phase sees everything that was written before this call.
  void open(std::int64_t jobs, int active, Work work = {nullptr, nullptr}) {
    work_ = work;
    const std::uint64_t number = (phase_.load(std::memory_order_relaxed) & number_mask) + one_phase;
    if (number % renewed_every == 0) renew(number);
    phase_.store(number | static_cast<std::uint64_t>(jobs) << jobs_shift | static_cast<std::uint64_t>(active),
                 std::memory_order_seq_cst);
  }

  /// Of the phase whose job the caller has taken.
  [[nodiscard]] const Work& work() const { return work_; }
  /// The open phase. The value changes with every open().
  [[nodiscard]] std::uint64_t phase() const { return phase_.load(std::memory_order_seq_cst); }

  /// The number of a job of `phase`, or `none` if all are handed out or another phase is open by now.
  [[nodiscard]] std::int64_t take(std::uint64_t phase, int worker) {
    const auto active = static_cast<std::int64_t>(phase & active_mask);
    const auto jobs = static_cast<std::int64_t>(phase >> jobs_shift & jobs_mask);
    for (std::int64_t i = 0; i < active; ++i) {
      const std::int64_t home = (worker + i) % active;
      // Rounded up, so that with few jobs the first workers get one, and the leader always.
      const std::int64_t first = (jobs * home + active - 1) / active, end = (jobs * (home + 1) + active - 1) / active;
      const std::int64_t count = take_one(phase & number_mask, home, end - first);
      if (count != none) return first + count;
    }
    return none;
  }

 private:
  // The word of the phase holds its number, the number of jobs and of active workers. The word of a worker holds the
  // number of the phase in which it last changed, and how many jobs of its home were handed out then: no reset is
  // needed.
  static constexpr int number_shift = 40, jobs_shift = 16;
  static constexpr std::uint64_t one_phase = std::uint64_t{1} << number_shift, number_mask = ~(one_phase - 1),
                                 jobs_mask = (std::uint64_t{1} << 24) - 1, active_mask = (1 << jobs_shift) - 1,
                                 renewed_every = one_phase << 20;

  // Phase numbers wrap around. The word of a worker whose home was empty for 2^23 phases would seem to be ahead of the
  // open phase, and its jobs handed out. So all words are renewed every 2^20 phases. No worker has seen the new number
  // yet, and a worker with an older one finds all jobs handed out, which is true.
  void renew(std::uint64_t number) {
    for (int worker = 0; worker < workers_; ++worker) handed_[worker].word.store(number, std::memory_order_release);
  }

  // Takes a job of the home of worker `home`: its place there, or none.
  std::int64_t take_one(std::uint64_t number, std::int64_t home, std::int64_t at_home) {
    std::atomic<std::uint64_t>& word = handed_[home].word;
    std::uint64_t seen = word.load(std::memory_order_acquire);
    for (;;) {
      // Phase numbers wrap around: the later one of two is less than half of their range ahead.
      const auto ahead = static_cast<std::int64_t>((seen & number_mask) - number);
      if (ahead > 0) return none;
      const std::uint64_t count = ahead == 0 ? seen & ~number_mask : 0;
      if (static_cast<std::int64_t>(count) >= at_home) return none;
      if (word.compare_exchange_weak(seen, number | (count + 1), std::memory_order_acq_rel, std::memory_order_acquire))
        return static_cast<std::int64_t>(count);
    }
  }

  struct alignas(64) Handed {
    std::atomic<std::uint64_t> word{0};
  };
  // On one cache line: a worker that sees a new phase has its function too.
  alignas(64) std::atomic<std::uint64_t> phase_{0};
  Work work_{nullptr, nullptr};
  int workers_;
  std::unique_ptr<Handed[]> handed_;
};

}  // namespace millrace
