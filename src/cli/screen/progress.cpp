// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/progress.hpp"

#include <algorithm>
#include <string_view>

#include "base/formatted.hpp"
#include "cli/screen/terminal.hpp"

namespace millrace::cli {

namespace {

constexpr std::int64_t most_lines = 10;
constexpr std::chrono::seconds first_silence{60};
constexpr std::chrono::milliseconds redraw_interval{100};
// While an epoch is younger, the bar shows the values of the last one.
constexpr std::chrono::seconds young{1};
constexpr std::size_t unlimited = 1000;  // columns of a log

// "38 epochs/s", or "2.5s/epoch".
std::string rate_text(double epochs_per_second) {
  if (epochs_per_second < 1) return duration_text(1 / epochs_per_second) + "/epoch";
  constexpr double few = 10;
  return formatted(epochs_per_second < few ? "%.1f epochs/s" : "%.0f epochs/s", epochs_per_second);
}

double loss_of(const Epoch& epoch) { return epoch.validated ? epoch.validation.loss : epoch.loss; }

}  // namespace

ProgressDisplay::ProgressDisplay(bool quiet, const WatchedValue& watched)
    : form_(quiet                    ? Form::silent
            : is_screen(Stream::err) ? Form::terminal
                                     : Form::log),
      best_(watched),
      begin_(Clock::now()),
      last_line_(begin_),
      last_bar_(begin_),
      last_step_(begin_),
      last_epoch_(begin_),
      silence_(first_silence) {}

ProgressDisplay::~ProgressDisplay() { erase_bar(); }

void ProgressDisplay::resume_after(const std::vector<Epoch>& epochs) {
  for (const Epoch& epoch : epochs) {
    best_.add(epoch);
    losses_.add(loss_of(epoch));
  }
}

void ProgressDisplay::epoch(const Epoch& epoch) {
  const bool is_best = best_.add(epoch);
  losses_.add(loss_of(epoch));
  if (form_ == Form::silent) return;
  if (done_before_ < 0) done_before_ = static_cast<double>(epoch.number - 1);
  last_epoch_ = Clock::now();
  const std::int64_t stride = epoch.epochs / most_lines + (epoch.epochs % most_lines == 0 ? 0 : 1);
  if (epoch.number % stride == 0 || epoch.number == epoch.epochs) {
    table_line(epoch, is_best);
  } else {
    not_shown_ = epoch;
    not_shown_is_best_ = is_best;
    sign_of_life(epoch_position(epoch.number, epoch.epochs) + ", loss " + short_number(epoch.loss));
  }
  draw_bar(epoch_position(epoch.number, epoch.epochs), static_cast<double>(epoch.number),
           static_cast<double>(epoch.epochs), shown_values(epoch));
}

void ProgressDisplay::step(const StepReport& step) {
  // Called after every step, which may take microseconds.
  const Clock::time_point now = Clock::now();
  if (form_ == Form::silent || now - last_step_ < redraw_interval) return;
  last_step_ = now;
  const auto before = static_cast<double>(step.epoch - 1);
  const double done = before + static_cast<double>(step.step) / static_cast<double>(step.steps);
  if (done_before_ < 0) done_before_ = before;
  const std::string position = epoch_position(step.epoch, step.epochs);
  sign_of_life(position + ", step " + std::to_string(step.step) + "/" + std::to_string(step.steps) + ", loss " +
               short_number(step.mean_loss));
  if (before > done_before_ && now - last_epoch_ < young) return;
  draw_bar(position, done, static_cast<double>(step.epochs), {{"loss", step.mean_loss}});
}

void ProgressDisplay::finish() {
  if (not_shown_) table_line(Epoch(*not_shown_), not_shown_is_best_);
  erase_bar();
}

void ProgressDisplay::table_line(const Epoch& epoch, bool is_best) {
  if (has_bar_) last_bar_ = {};  // drawn again at once, below the line
  erase_bar();
  const std::size_t width = form_ == Form::terminal ? terminal_width(Stream::err, 80) : unlimited;
  write_to_screen(table_.lines(epoch, duration_text(elapsed()), is_best, width));
  not_shown_.reset();
  last_line_ = Clock::now();
}

void ProgressDisplay::sign_of_life(const std::string& text) {
  if (form_ != Form::log || Clock::now() - last_line_ < silence_) return;
  write_to_screen("still training: " + text + ", " + duration_text(elapsed()) + "\n");
  last_line_ = Clock::now();
  silence_ *= 2;
}

void ProgressDisplay::draw_bar(const std::string& position, double done, double epochs,
                               const std::vector<NamedValue>& values) {
  const Clock::time_point now = Clock::now();
  if (form_ != Form::terminal || now - last_bar_ < redraw_interval) return;
  last_bar_ = now;
  // A line that wraps could not be drawn over; three columns are left for the "^C" that the terminal echoes.
  const std::size_t width = terminal_width(Stream::err, 80), room = std::max<std::size_t>(width, 4) - 3;
  const std::size_t bar = std::clamp<std::size_t>(width / 5, 8, 24);
  const auto full = std::min(bar, static_cast<std::size_t>(done / epochs * static_cast<double>(bar)));
  std::string line = position + " [" + std::string(full, '=') + std::string(bar - full, '.') + "]";
  line.resize(std::min(line.size(), room));
  const auto add = [&](const std::string& text) {
    if (line.size() + text.size() > room) return false;
    line += text;
    return true;
  };
  if (done > done_before_ && done < epochs)
    add("  " + duration_text(elapsed() / (done - done_before_) * (epochs - done)) + " left");
  for (const auto& [name, value] : values) {
    if (!add("  " + name + " " + short_number(value))) break;
  }
  if (done > done_before_) add("  " + rate_text((done - done_before_) / elapsed()));
  constexpr std::size_t shortest = 8, longest = 24;
  if (const std::size_t left = room - line.size(); left >= shortest + 2) {
    const std::string curve = losses_.text(std::min(left - 2, longest), shows_utf8());
    if (!curve.empty()) line += "  " + curve;
  }
  write_to_screen("\r" + line + "\x1b[K");
  has_bar_ = true;
}

void ProgressDisplay::erase_bar() {
  if (has_bar_) write_to_screen("\r\x1b[K");
  has_bar_ = false;
}

double ProgressDisplay::elapsed() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

}  // namespace millrace::cli
