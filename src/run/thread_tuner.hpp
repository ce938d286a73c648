// SPDX-License-Identifier: Apache-2.0
//
// Finds the fastest number of workers by timing the steps of the run itself. Results do not depend on the number of
// workers, so a measurement costs only the extra time of the slower candidates. Measurements repeat at growing
// intervals, because the load of the machine changes.
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

  /// The number of workers for the next step.
  [[nodiscard]] int threads() const { return candidates_[measures_ ? current_ : choice_].threads; }
  /// Adds the duration of the step that used threads() workers. Allocates nothing.
  void record(double seconds);
  /// Whether a measurement has ended; until then choice() is `most`.
  [[nodiscard]] bool decided() const { return decided_; }
  [[nodiscard]] int choice() const { return candidates_[choice_].threads; }
  /// "median microseconds a step: 41 with 1, 26 with 2", from the last measurement; empty if there is one candidate.
  [[nodiscard]] std::string reason() const;

 private:
  struct Candidate {
    int threads = 1;
    bool dropped = false;
    std::vector<double> samples{};
    double median = 0;  // of the samples, updated after each round
  };
  // Candidates take turns in short blocks, so that a slow moment of the machine affects all of them. A sleeping worker
  // wakes a fraction of a millisecond after the call (50 to 300 us on virtual machines), so the beginning of a block,
  // and its first step however long it is, do not count. A candidate that is far behind after a round is dropped.
  static constexpr int rounds = 4, fewest_steps = 3;
  static constexpr double beginning = 0.7e-3, length = 2e-3;  // seconds of a block
  static constexpr double far_behind = 1.3;
  // The pause between two measurements is a multiple of the last one's duration; the multiple doubles from first_pause
  // to longest_pause, when measurements take a hundredth of the time. The choice changes only for a candidate that is
  // faster by the factor worth_changing.
  static constexpr double first_pause = 4, longest_pause = 100, worth_changing = 1.03;

  void begin();
  void next_block();
  void end_round();
  void decide(std::size_t best);

  std::vector<Candidate> candidates_;
  std::size_t current_ = 0, choice_ = 0;  // in candidates_: measured now, chosen
  bool measures_ = true, decided_ = false;
  int step_ = 0, rounds_done_ = 0;  // step_: steps in this block
  double elapsed_ = 0;              // since the block began
  double spent_ = 0, rest_ = 0;     // seconds of this measurement, seconds until the next
  double pause_ = first_pause;
};

}  // namespace millrace
