// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   ProgressDisplay display(quiet);
//   model.fit(data, {.on_epoch = [&](const Epoch& epoch) { display.epoch(epoch); }, ...});
//
// How training goes, on stderr. On a terminal a line with a bar is drawn again and again below up to ten epoch lines;
// in a log there are epoch lines only, about a hundred at most, without control characters.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "millrace/training.hpp"

namespace millrace::cli {

class ProgressDisplay {
 public:
  explicit ProgressDisplay(bool quiet);
  /// Takes the bar away: what is written next starts on a line of its own.
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void epoch(const Epoch& epoch);
  void step(const StepReport& progress);

 private:
  enum class Form { silent, log, terminal };
  using Clock = std::chrono::steady_clock;

  void line(const std::string& text);
  void draw_bar(std::int64_t epoch, std::int64_t epochs, double done, const std::string& numbers);
  void erase_bar();

  Form form_;
  Clock::time_point begin_, last_line_, last_bar_, last_step_;
  double done_before_ = -1;  // of all epochs, when the first news came: a resumed run does not start at 0
  std::string metrics_;      // of the last epoch, shown beside the running loss
  bool bar_ = false;         // whether one stands on the terminal
};

}  // namespace millrace::cli
