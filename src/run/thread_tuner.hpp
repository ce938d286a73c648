// SPDX-License-Identifier: Apache-2.0
//
// Finds how many workers pay, on the steps of the run itself: results do not depend on the count, so measuring costs
// nothing but the slower candidates' time. It measures again and again, ever more rarely: a machine that was busy with
// something else for a moment, or is from now on, has another answer.
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
  [[nodiscard]] int threads() const { return candidates_[measures_ ? current_ : choice_].threads; }
  /// What the step took. Allocates nothing.
  void record(double seconds);
  /// Whether a choice was made; until then it is all workers.
  [[nodiscard]] bool decided() const { return decided_; }
  [[nodiscard]] int choice() const { return candidates_[choice_].threads; }
  /// "median microseconds a step: 41 with 1, 26 with 2", of the last measurement.
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
  // Between two measurements lie so many times the seconds of the last, at first and in the end: what is slower than
  // the choice costs a hundredth then, at most. A choice is given up for one that is faster by so much.
  static constexpr double first_pause = 4, longest_pause = 100, worth_changing = 1.03;

  void begin();
  void next_block();
  void end_round();
  void decide(std::size_t best);

  std::vector<Candidate> candidates_;
  std::size_t current_ = 0, choice_ = 0;  // in candidates_: measured now, chosen
  bool measures_ = true, decided_ = false;
  int step_ = 0, rounds_done_ = 0;  // step_: of the block
  double elapsed_ = 0;              // since the block began
  double spent_ = 0, rest_ = 0;     // seconds of this measurement, seconds until the next
  double pause_ = first_pause;
};

}  // namespace millrace
