// SPDX-License-Identifier: Apache-2.0
//
// Counter-based random numbers: every draw is a pure function of (seed, stream, counter). Nothing has to be saved to
// resume, and any thread can compute any draw.
// Philox-4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

/// The purpose of a stream of random numbers. Streams of two purposes never share a draw.
enum class RandomStream : std::uint32_t {
  initial_weights = 1,
  shuffle = 2,
  dropout = 3,
  split = 4,
  noise = 5,
  hidden_categories = 6
};

inline constexpr int philox_rounds = 10;
inline constexpr std::uint64_t philox_factor0 = 0xD2511F53, philox_factor1 = 0xCD9E8D57;
[[nodiscard]] constexpr std::array<std::uint32_t, 2> next_key(const std::array<std::uint32_t, 2>& key) {
  return {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
}

/// Fills `bits` with the Philox blocks of `first` and the counters after it, whose first word counts up. Computes
/// several blocks at a time, and cuts the last one to the room that is left.
void philox_blocks(std::array<std::uint32_t, 4> first, std::array<std::uint32_t, 2> key, std::span<std::uint32_t> bits);

/// The Philox-4x32 block for this key and counter.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                            std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < philox_rounds; ++round, key = next_key(key)) {
    const std::uint64_t product0 = philox_factor0 * counter[0], product1 = philox_factor1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
  }
  return counter;
}

/// Draws in order from one stream. `id` selects a sub-stream: an epoch, a parameter, a layer.
class Random {
 public:
  Random(std::uint64_t seed, RandomStream stream, std::uint64_t id = 0)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        stream_(static_cast<std::uint32_t>(stream)),
        id_(id) {}

  /// The next 32 random bits of the stream.
  [[nodiscard]] std::uint32_t bits() {
    if (used_ == 4) {
      buffer_ = block(next_++);
      used_ = 0;
    }
    return buffer_[used_++];
  }
  /// The next random bits of the stream, as many as `bits` holds; computes several blocks at a time.
  void fill(std::span<std::uint32_t> bits);
  /// Uniform in [0, 1) with 24 bits: every value is a float.
  [[nodiscard]] float uniform() { return static_cast<float>(bits() >> 8) * 0x1p-24F; }
  /// Uniform in [0, 1) with 53 bits.
  [[nodiscard]] double uniform_double() {
    const std::uint64_t high = bits() >> 5;
    return static_cast<double>((high << 26) | (bits() >> 6)) * 0x1p-53;
  }
  /// Uniform in {0, ..., bound - 1}; bound > 0. Without bias (rejection).
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  /// Standard normal (Box-Muller, one of the pair).
  [[nodiscard]] double normal();

 private:
  // Counter words: draw low, draw high ^ id high, id low, stream.
  [[nodiscard]] std::array<std::uint32_t, 4> counter(std::uint64_t block) const {
    return {static_cast<std::uint32_t>(block),
            static_cast<std::uint32_t>(block >> 32) ^ static_cast<std::uint32_t>(id_ >> 32),
            static_cast<std::uint32_t>(id_), stream_};
  }
  [[nodiscard]] std::array<std::uint32_t, 4> block(std::uint64_t number) const { return philox(counter(number), key_); }

  std::array<std::uint32_t, 2> key_;
  std::uint32_t stream_;
  std::uint64_t id_;
  std::uint64_t next_ = 0;
  std::array<std::uint32_t, 4> buffer_{};
  int used_ = 4;
};

/// Puts `items` in a random order (Fisher-Yates), the same for the same generator state.
void shuffle(std::vector<std::int64_t>& items, Random random);

}  // namespace millrace
