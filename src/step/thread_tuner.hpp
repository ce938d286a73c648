// SPDX-License-Identifier: Apache-2.0
//
// Finds how many workers pay, on the first steps of the run itself: results do not depend on the count, so measuring
// costs nothing but the slower candidates' time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

class ThreadTuner {
 public:
  /// Candidates: 1, 2, 4, ... and `most`.
  explicit ThreadTuner(int most);

  /// How many workers the next step should have.
  [[nodiscard]] int threads() const { return candidates_[current_]; }
  /// What the step took. Ignored once the choice is made.
  void record(double seconds);
  [[nodiscard]] bool decided() const { return rounds_done_ == rounds; }
  /// "2 of 2: 26 us a step, with 1: 41"
  [[nodiscard]] std::string reason() const;

 private:
  // Short blocks in turn, so that a slow moment of the machine hits every candidate. The first step of a block wakes
  // workers and is not counted.
  static constexpr int rounds = 4, steps_a_block = 6;

  std::vector<int> candidates_;
  std::vector<std::vector<double>> samples_;
  std::size_t current_ = 0;
  int step_ = 0, rounds_done_ = 0;
};

}  // namespace millrace
