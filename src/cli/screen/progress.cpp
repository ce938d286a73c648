// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace millrace::cli {

namespace {

constexpr std::int64_t most_log_lines = 100, most_terminal_lines = 10;
// A run of few, long epochs should still be heard of.
constexpr std::chrono::seconds longest_silence{30};
constexpr std::chrono::milliseconds redraw_interval{100};

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;  // training goes on without a reader
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string number(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

std::string metrics_text(const std::vector<NamedValue>& metrics, const std::string& prefix) {
  std::string text;
  for (const auto& [name, value] : metrics) text += "  " + prefix + name + " " + number(value);
  return text;
}

std::string duration(double seconds) {
  constexpr double longest = 1e15;  // of a run that nobody sees the end of
  const auto whole = std::llround(std::min(seconds, longest));
  std::array<char, 48> text;
  if (seconds < 9.95)
    std::snprintf(text.data(), text.size(), "%.1fs", seconds);
  else if (whole < 60)
    std::snprintf(text.data(), text.size(), "%llds", whole);
  else if (whole < 3600)
    std::snprintf(text.data(), text.size(), "%lldm%02llds", whole / 60, whole % 60);
  else
    std::snprintf(text.data(), text.size(), "%lldh%02lldm", whole / 3600, whole / 60 % 60);
  return text.data();
}

std::string position(std::int64_t epoch, std::int64_t epochs) {
  const std::string all = std::to_string(epochs), now = std::to_string(epoch);
  return "epoch " + std::string(all.size() > now.size() ? all.size() - now.size() : 0, ' ') + now + "/" + all;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

bool understands_control_characters() {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace

ProgressDisplay::ProgressDisplay(bool quiet)
    : form_(quiet                              ? Form::silent
            : understands_control_characters() ? Form::terminal
                                               : Form::log),
      begin_(Clock::now()),
      last_line_(begin_),
      last_bar_(begin_) {}

ProgressDisplay::~ProgressDisplay() { erase_bar(); }

void ProgressDisplay::epoch(const Epoch& epoch) {
  if (form_ == Form::silent) return;
  if (done_before_ < 0) done_before_ = static_cast<double>(epoch.number - 1);
  metrics_ = metrics_text(epoch.metrics, "");
  if (epoch.validated)
    metrics_ += "  val_loss " + number(epoch.validation.loss) + metrics_text(epoch.validation.metrics, "val_");
  const std::string numbers = "  loss " + number(epoch.loss) + metrics_;

  const std::int64_t lines = form_ == Form::log ? most_log_lines : most_terminal_lines;
  const std::int64_t stride = epoch.epochs / lines + (epoch.epochs % lines == 0 ? 0 : 1);
  const Clock::time_point now = Clock::now();
  if (epoch.number % stride == 0 || epoch.number == epoch.epochs || now - last_line_ > longest_silence) {
    line(position(epoch.number, epoch.epochs) + numbers + "  " +
         duration(std::chrono::duration<double>(now - begin_).count()));
  }
  draw_bar(epoch.number, epoch.epochs, static_cast<double>(epoch.number), numbers);
}

void ProgressDisplay::step(const StepReport& progress) {
  // Called after every step, which may take microseconds.
  const Clock::time_point now = Clock::now();
  if (form_ == Form::silent || now - last_step_ < redraw_interval) return;
  last_step_ = now;
  const double done = static_cast<double>(progress.epoch - 1) +
                      static_cast<double>(progress.step) / static_cast<double>(progress.steps);
  if (done_before_ < 0) done_before_ = static_cast<double>(progress.epoch - 1);
  const std::string loss = "  loss " + number(progress.mean_loss);
  if (form_ == Form::log && Clock::now() - last_line_ > longest_silence) {
    line(position(progress.epoch, progress.epochs) + "  step " + std::to_string(progress.step) + "/" +
         std::to_string(progress.steps) + loss);
  }
  draw_bar(progress.epoch, progress.epochs, done, loss + metrics_);
}

void ProgressDisplay::line(const std::string& text) {
  if (bar_) last_bar_ = {};  // it comes back at once, below the line
  erase_bar();
  write_all(text + "\n");
  last_line_ = Clock::now();
}

void ProgressDisplay::draw_bar(std::int64_t epoch, std::int64_t epochs, double done, const std::string& numbers) {
  const Clock::time_point now = Clock::now();
  if (form_ != Form::terminal || now - last_bar_ < redraw_interval) return;
  last_bar_ = now;
  const double all = static_cast<double>(epochs), elapsed = std::chrono::duration<double>(now - begin_).count();
  const std::size_t width = terminal_width(), bar = std::clamp<std::size_t>(width / 5, 8, 24);
  const auto full = std::min(bar, static_cast<std::size_t>(done / all * static_cast<double>(bar)));
  std::string text = position(epoch, epochs) + " [" + std::string(full, '=') + std::string(bar - full, '.') + "]";
  if (done > done_before_) text += "  " + duration(elapsed / (done - done_before_) * (all - done)) + " left";
  text += numbers;
  // A line that wraps could not be drawn over; three columns are left to the "^C" of the terminal.
  text.resize(std::min(text.size(), std::max<std::size_t>(width, 4) - 3));
  write_all("\r" + text + "\x1b[K");
  bar_ = true;
}

void ProgressDisplay::erase_bar() {
  if (bar_) write_all("\r\x1b[K");
  bar_ = false;
}

}  // namespace millrace::cli
