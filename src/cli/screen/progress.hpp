// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   ProgressDisplay display(quiet, {.name = "val_loss"});
//   model.fit(data, {.on_epoch = [&](const Epoch& epoch) { display.epoch(epoch); }, ...});
//   display.finish();
//
// Shows on stderr how training goes: a table of at most ten epochs. A terminal also gets a bar below the table, which is
// drawn over and over and ends with the curve of the loss where there is room. A log gets no control characters, and a
// sign of life after 1, 2, 4, ... minutes without a line.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/screen/epoch_table.hpp"
#include "cli/screen/sparkline.hpp"
#include "millrace/training.hpp"
#include "run/epoch_values.hpp"

namespace millrace::cli {

class ProgressDisplay {
 public:
  /// watched: by which value the table marks the best epoch.
  ProgressDisplay(bool quiet, const WatchedValue& watched);
  /// Erases the bar, so that other output begins on a line of its own.
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  /// The run goes on after these epochs.
  void resume_after(const std::vector<Epoch>& epochs);
  void epoch(const Epoch& epoch);
  void step(const StepReport& step);
  /// The run has ended: shows its last epoch if the table does not have it.
  void finish();

 private:
  enum class Form { silent, log, terminal };
  using Clock = std::chrono::steady_clock;

  void table_line(const Epoch& epoch, bool is_best);
  void sign_of_life(const std::string& text);
  void draw_bar(const std::string& position, double done, double epochs, const std::vector<NamedValue>& values);
  void erase_bar();
  [[nodiscard]] double elapsed() const;

  Form form_;
  EpochTable table_;
  BestEpoch best_;
  Sparkline losses_;  // of the epochs: of the validation rows, or else of training
  Clock::time_point begin_, last_line_, last_bar_, last_step_, last_epoch_;
  std::chrono::seconds silence_;    // until the next sign of life
  double done_before_ = -1;         // epochs at the first report: a resumed run does not start at 0
  std::optional<Epoch> not_shown_;  // the last epoch if it is not in the table
  bool not_shown_is_best_ = false;
  bool has_bar_ = false;
};

}  // namespace millrace::cli
