// SPDX-License-Identifier: Apache-2.0
//
// Hands out the jobs of one phase after another, each once, without a lock.
//
// Neighbouring jobs are at home with one worker: what they read and write in phase after phase stays in that core's
// cache (a shard's activations, the moments of a tile of weights), and where one ends another of the same core begins,
// so that what the processor fetches ahead is not taken from another core. A worker without jobs at home takes the
// others', so nobody is waited for.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace millrace {

class Tickets {
 public:
  /// What the jobs of a phase do.
  struct Work {
    void (*function)(const void* context, std::int64_t index, int worker);
    const void* context;
  };

  static constexpr std::int64_t most_jobs = (std::int64_t{1} << 24) - 1;
  static constexpr int most_workers = (1 << 16) - 1;
  static constexpr std::int64_t none = -1;

  explicit Tickets(int workers) : workers_(workers), handed_(std::make_unique<Handed[]>(workers)) {}

  /// Opens the next phase: all jobs of the one before have been handed out. What was written before is seen by
  /// whoever takes a job of it.
  void open(std::int64_t jobs, int active, Work work = {nullptr, nullptr}) {
    work_ = work;
    const std::uint64_t number = (phase_.load(std::memory_order_relaxed) & number_mask) + one_phase;
    if (number % renewed_every == 0) renew(number);
    phase_.store(number | static_cast<std::uint64_t>(jobs) << jobs_shift | static_cast<std::uint64_t>(active),
                 std::memory_order_seq_cst);
  }

  /// Of the phase that the caller has a job of.
  [[nodiscard]] const Work& work() const { return work_; }
  /// The open phase: changes with every open().
  [[nodiscard]] std::uint64_t phase() const { return phase_.load(std::memory_order_seq_cst); }

  /// A job of `phase`, or `none` when all are handed out or another phase is open by now.
  [[nodiscard]] std::int64_t take(std::uint64_t phase, int worker) {
    const auto active = static_cast<std::int64_t>(phase & active_mask);
    const auto jobs = static_cast<std::int64_t>(phase >> jobs_shift & jobs_mask);
    for (std::int64_t i = 0; i < active; ++i) {
      const std::int64_t home = (worker + i) % active;
      // Rounded up: of few jobs the first workers have one, the leader above all.
      const std::int64_t first = (jobs * home + active - 1) / active, end = (jobs * (home + 1) + active - 1) / active;
      const std::int64_t count = take_one(phase & number_mask, home, end - first);
      if (count != none) return first + count;
    }
    return none;
  }

 private:
  // A word of a phase: its number, jobs, active workers. A word of a worker: the number of the phase in which it was
  // last changed, and how many of its jobs were handed out in that; so nobody has to reset it.
  static constexpr int number_shift = 40, jobs_shift = 16;
  static constexpr std::uint64_t one_phase = std::uint64_t{1} << number_shift, number_mask = ~(one_phase - 1),
                                 jobs_mask = (std::uint64_t{1} << 24) - 1, active_mask = (1 << jobs_shift) - 1,
                                 renewed_every = one_phase << 20;

  // The word of a worker that had no jobs at home for 2^23 phases would be ahead of the open one, and its jobs handed
  // out. So no word is older than 2^20 phases. Nobody holds the new number yet, and whoever still holds an older one
  // finds that phase's jobs handed out, which they are.
  void renew(std::uint64_t number) {
    for (int worker = 0; worker < workers_; ++worker) handed_[worker].word.store(number, std::memory_order_release);
  }

  // How many of the worker's jobs were handed out before this one.
  std::int64_t take_one(std::uint64_t number, std::int64_t home, std::int64_t at_home) {
    std::atomic<std::uint64_t>& word = handed_[home].word;
    std::uint64_t seen = word.load(std::memory_order_acquire);
    for (;;) {
      // Numbers wrap around; of two that meet the later one is less than half the way ahead.
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
  // On one cache line: whoever sees a new phase has its work too.
  alignas(64) std::atomic<std::uint64_t> phase_{0};
  Work work_{nullptr, nullptr};
  int workers_;
  std::unique_ptr<Handed[]> handed_;
};

}  // namespace millrace
