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
  [[nodiscard]] int threads() const { return candidates_[current_].threads; }
  /// What the step took. Ignored once the choice is made. Allocates nothing.
  void record(double seconds);
  [[nodiscard]] bool decided() const { return rounds_done_ == rounds; }
  /// "median microseconds a step: 41 with 1, 26 with 2"
  [[nodiscard]] std::string reason() const;

 private:
  struct Candidate {
    int threads = 1;
    bool dropped = false;
    std::vector<double> samples{};
    double median = 0;  // of the samples, as of the last round
  };
  // Short blocks in turn, so that a slow moment of the machine hits every candidate. A sleeping worker arrives a
  // fraction of a millisecond after it was called (50 to 300 us on virtual machines), so a block's beginning is not
  // counted, nor its first step, however long. Who is far behind after a round is out.
  static constexpr int rounds = 4, fewest_steps = 3;
  static constexpr double beginning = 0.7e-3, length = 2e-3;  // seconds of a block
  static constexpr double far_behind = 1.3;

  void next_block();
  void end_round();

  std::vector<Candidate> candidates_;
  std::size_t current_ = 0;
  int step_ = 0, rounds_done_ = 0;  // step_: of the block
  double elapsed_ = 0;              // since the block began
};

}  // namespace millrace
