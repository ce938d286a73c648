// SPDX-License-Identifier: Apache-2.0
//
// Controls the use of a model by threads: either any number of readers (predict, evaluate, export), each with its own
// seat, or one writer (fit, compile, set_weights). A reader during a write and a writer during a read get an Error
// instead of waiting. The writing thread may also read, as callbacks of a fit do.
//
//   const Gate::Reading seat(gate, "predict");     // seat.index() picks memory that no other reader uses
//   const Gate::Writing writing(gate, "fit");
//
// A reader writes to the cache line of its own seat only, so readers do not slow each other down.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <thread>

namespace millrace {

class Gate {
 public:
  /// The most readers at the same time; further readers wait for a seat.
  static constexpr std::size_t seats = 64;

  class Reading {
   public:
    /// Throws Error{usage} while another thread writes.
    Reading(Gate& gate, const char* who);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    /// Number of the seat, below `seats`.
    [[nodiscard]] std::size_t index() const { return index_; }

   private:
    Gate& gate_;
    std::size_t index_;
  };

  class Writing {
   public:
    /// Throws Error{usage} while any thread reads or another thread writes. If this thread is writing already, it throws
    /// unless `within_fit` is true; then it becomes a part of that write.
    Writing(Gate& gate, const char* who, bool within_fit = false);
    ~Writing();
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;
    /// Whether this is a part of an earlier write of the same thread.
    [[nodiscard]] bool nested() const { return nested_; }

   private:
    Gate& gate_;
    bool nested_ = false;
  };

 private:
  struct alignas(64) Seat {
    std::atomic<bool> taken{false};
    // Loads before it writes, because a write takes the cache line away from the reader in this seat.
    bool take() { return !taken.load(std::memory_order_relaxed) && !taken.exchange(true, std::memory_order_seq_cst); }
  };
  [[nodiscard]] bool written_by_this_thread() const;

  std::array<Seat, seats> seats_;
  alignas(64) std::atomic<const char*> writer_{nullptr};  // name of the writing function; null: no writer
  std::atomic<std::thread::id> writing_thread_{};
};

}  // namespace millrace
