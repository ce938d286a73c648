// SPDX-License-Identifier: Apache-2.0
#include "model/gate.hpp"

#include <cstdint>
#include <functional>
#include <string>

#include "base/fail.hpp"

namespace millrace {

bool Gate::written_by_this_thread() const {
  return writing_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

namespace {

// The seat that this thread tries first. Thread ids are addresses with equal low bits, so they need mixing.
std::size_t first_seat() {
  const std::uint64_t id = std::hash<std::thread::id>{}(std::this_thread::get_id());
  return (id * 0x9E3779B97F4A7C15U >> 32U) % Gate::seats;
}

}  // namespace

// A reader takes its seat and then looks for a writer; a writer announces itself and then looks for readers. Both use
// sequentially consistent operations, so at least one of the two sees the other.
Gate::Reading::Reading(Gate& gate, const char* who) : gate_(gate) {
  index_ = first_seat();
  for (std::size_t tried = 1; !gate.seats_[index_].take(); ++tried) {
    index_ = (index_ + 1) % seats;
    if (tried % seats == 0) std::this_thread::yield();
  }
  const char* const writer = gate.writer_.load(std::memory_order_seq_cst);
  if (writer == nullptr || gate.written_by_this_thread()) return;
  gate.seats_[index_].taken.store(false, std::memory_order_release);
  fail(ErrorKind::usage, who,
       std::string("another thread is in ") + writer +
           "() of this model, expected no call at the same time; a clone() "
           "that was made before can be used meanwhile");
}

Gate::Reading::~Reading() { gate_.seats_[index_].taken.store(false, std::memory_order_release); }

Gate::Writing::Writing(Gate& gate, const char* who, bool within_fit) : gate_(gate) {
  const char* writer = nullptr;
  if (!gate.writer_.compare_exchange_strong(writer, who, std::memory_order_seq_cst)) {
    const bool own = gate.written_by_this_thread();
    if (own && within_fit) {
      nested_ = true;
      return;
    }
    fail(ErrorKind::usage, who,
         own ? "called by a callback while the model is being trained, expected evaluate, predict, export_onnx, "
               "set_weights or set_learning_rate"
             : std::string("another thread is in ") + writer + "() of this model, expected no call at the same time");
  }
  gate.writing_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  for (const Seat& seat : gate.seats_) {
    if (!seat.taken.load(std::memory_order_seq_cst)) continue;
    gate.writing_thread_.store({}, std::memory_order_relaxed);
    gate.writer_.store(nullptr, std::memory_order_seq_cst);
    fail(ErrorKind::usage, who,
         "another thread is reading this model (predict, evaluate, export), expected no call at the same time; a copy "
         "of the model can be changed meanwhile");
  }
}

Gate::Writing::~Writing() {
  if (nested_) return;
  gate_.writing_thread_.store({}, std::memory_order_relaxed);
  gate_.writer_.store(nullptr, std::memory_order_seq_cst);
}

}  // namespace millrace
