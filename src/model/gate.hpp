// SPDX-License-Identifier: Apache-2.0
//
// Who uses a model at this moment: any number of readers (predict, evaluate, export), each in a seat of its own, or one
// writer (fit, compile, set_weights). Nobody waits for the other kind: a reader during a write and a writer during a
// read get an Error. The thread that writes may read at the same time: callbacks of a fit do.
//
//   const Gate::Reading seat(gate, "predict");     // seat.index() picks memory that no other reader uses
//   const Gate::Writing writing(gate, "fit");
//
// A reader touches its own seat's cache line and one that only writers change, so readers do not slow each other down.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <thread>

namespace millrace {

class Gate {
 public:
  /// As many readers can be inside at once; more of them wait for a seat.
  static constexpr std::size_t seats = 64;

  class Reading {
   public:
    /// Throws Error{usage} while another thread writes.
    Reading(Gate& gate, const char* who);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    [[nodiscard]] std::size_t index() const { return index_; }

   private:
    Gate& gate_;
    std::size_t index_;
  };

  class Writing {
   public:
    /// Throws Error{usage} while anybody reads, or another thread writes. Within a write of the same thread it throws
    /// unless `within_fit`: then it is a part of that write.
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
    // Looks before it writes: a write takes the cache line from the reader who sits here.
    bool take() { return !taken.load(std::memory_order_relaxed) && !taken.exchange(true, std::memory_order_seq_cst); }
  };
  [[nodiscard]] bool written_by_this_thread() const;

  std::array<Seat, seats> seats_;
  alignas(64) std::atomic<const char*> writer_{nullptr};  // what the writer does; null: nobody writes
  std::atomic<std::thread::id> writing_thread_{};
};

}  // namespace millrace
