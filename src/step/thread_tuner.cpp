// SPDX-License-Identifier: Apache-2.0
#include "step/thread_tuner.hpp"

#include <cmath>
#include <sstream>

namespace millrace {

namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

ThreadTuner::ThreadTuner(int most) {
  for (int count = 1; count < most; count *= 2) candidates_.push_back(count);
  candidates_.push_back(most);
  samples_.resize(candidates_.size());
  for (auto& samples : samples_) samples.reserve(rounds * steps_a_block);
  current_ = candidates_.size() - 1;  // a short run that never decides has used what there is
  if (candidates_.size() == 1) rounds_done_ = rounds;
}

void ThreadTuner::record(double seconds) {
  if (decided()) return;
  if (step_++ > 0) samples_[current_].push_back(seconds);
  if (step_ < steps_a_block) return;
  step_ = 0;
  if (current_-- > 0) return;
  current_ = candidates_.size() - 1;
  if (++rounds_done_ < rounds) return;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (median(samples_[i]) < median(samples_[current_])) current_ = i;
  }
}

std::string ThreadTuner::reason() const {
  std::ostringstream text;
  if (candidates_.size() == 1) return "";
  if (!decided()) return "the run was too short to compare";
  text << "median microseconds a step:";
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    text << (i == 0 ? " " : ", ") << std::lround(median(samples_[i]) * 1e7) / 10.0 << " with " << candidates_[i];
  return text.str();
}

}  // namespace millrace
