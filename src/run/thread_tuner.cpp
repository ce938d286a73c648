// SPDX-License-Identifier: Apache-2.0
#include "run/thread_tuner.hpp"

#include <cmath>
#include <limits>
#include <sstream>

#include "base/median.hpp"

namespace millrace {

namespace {

constexpr std::size_t most_samples = 2048;  // of a candidate; later ones are ignored

}  // namespace

ThreadTuner::ThreadTuner(int most) {
  for (int count = 1; count < most; count *= 2) candidates_.push_back({count});
  candidates_.push_back({most});
  for (Candidate& candidate : candidates_) candidate.samples.reserve(most_samples);
  choice_ = candidates_.size() - 1;  // a run too short to decide uses all workers
  if (candidates_.size() > 1) {
    begin();
  } else {
    decided_ = true;
    measures_ = false;
    rest_ = std::numeric_limits<double>::infinity();
  }
}

void ThreadTuner::begin() {
  for (Candidate& candidate : candidates_) {
    candidate.dropped = false;
    candidate.samples.clear();
  }
  current_ = candidates_.size() - 1;
  measures_ = true;
  rounds_done_ = step_ = 0;
  elapsed_ = spent_ = 0;
}

void ThreadTuner::record(double seconds) {
  if (!measures_) {
    rest_ -= seconds;
    if (rest_ <= 0) begin();
    return;
  }
  std::vector<double>& samples = candidates_[current_].samples;
  const bool counts = step_ > 0 && (elapsed_ >= beginning || step_ >= fewest_steps);
  if (counts && samples.size() < most_samples) samples.push_back(seconds);
  elapsed_ += seconds;
  spent_ += seconds;
  // Late steps can fill a block before one counts. Without a sample the candidate would have the median 0, and win.
  if (++step_ < fewest_steps || elapsed_ < length || samples.empty()) return;
  step_ = 0;
  elapsed_ = 0;
  next_block();
}

void ThreadTuner::next_block() {
  while (current_ > 0) {
    if (!candidates_[--current_].dropped) return;
  }
  end_round();
}

void ThreadTuner::end_round() {
  for (Candidate& candidate : candidates_) candidate.median = median(candidate.samples);
  const auto best = std::min_element(candidates_.begin(), candidates_.end(),
                                     [](const Candidate& a, const Candidate& b) { return a.median < b.median; });
  for (Candidate& candidate : candidates_) candidate.dropped |= candidate.median > far_behind * best->median;
  const auto left =
      std::count_if(candidates_.begin(), candidates_.end(), [](const Candidate& c) { return !c.dropped; });
  if (left == 1 || ++rounds_done_ == rounds) return decide(static_cast<std::size_t>(best - candidates_.begin()));
  const auto last =
      std::find_if(candidates_.rbegin(), candidates_.rend(), [](const Candidate& c) { return !c.dropped; });
  current_ = static_cast<std::size_t>(candidates_.rend() - last - 1);
}

void ThreadTuner::decide(std::size_t best) {
  if (!decided_ || candidates_[choice_].median > worth_changing * candidates_[best].median) choice_ = best;
  decided_ = true;
  measures_ = false;
  rest_ = pause_ * spent_;
  pause_ = std::min(2 * pause_, longest_pause);
}

std::string ThreadTuner::reason() const {
  if (candidates_.size() == 1) return "";
  if (!decided()) return "the run was too short to compare";
  std::ostringstream text;
  text << "median microseconds a step:";
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    text << (i == 0 ? " " : ", ") << std::lround(candidates_[i].median * 1e7) / 10.0 << " with "
         << candidates_[i].threads;
  return text.str();
}

}  // namespace millrace
