// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/activity.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <system_error>

#include "cli/screen/epoch_table.hpp"
#include "cli/screen/printable.hpp"
#include "cli/screen/terminal.hpp"

namespace millrace::cli {

namespace {

constexpr std::chrono::milliseconds patience{500}, redraw_interval{200};

std::atomic<bool> is_shown{false};

// Signals are for the thread that works: they end its waiting for a pipe.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

Activity::Activity(bool quiet, std::string doing) : doing_(printable_line(doing)) {
  if (quiet || !is_screen(Stream::err)) return;
  const BlockedSignals blocked;
  try {
    thread_.emplace([this] { draw(); });
  } catch (const std::system_error&) {  // no thread is left: the work is more important
  }
}

void Activity::draw() {
  std::unique_lock lock(mutex_);
  if (ended_.wait_for(lock, patience, [this] { return is_ended_; })) return;
  do {
    const std::size_t room = std::max<std::size_t>(terminal_width(Stream::err, 80), 12) - 3;
    const std::string time = "  " + duration_text(watch_.seconds());
    std::string text = doing_;
    // Bytes are columns or more, so that the line never wraps.
    if (text.size() + time.size() > room) text = text.substr(0, text.find(' '));
    is_shown = true;
    write_to_screen("\r" + text + time + "\x1b[K");
  } while (!ended_.wait_for(lock, redraw_interval, [this] { return is_ended_; }));
  is_shown = false;
  write_to_screen("\r\x1b[K");
}

void Activity::end() {
  if (!thread_) return;
  {
    const std::lock_guard lock(mutex_);
    is_ended_ = true;
  }
  ended_.notify_all();
  thread_->join();
  thread_.reset();
}

const char* erased_activity() noexcept { return is_shown ? "\r\x1b[K" : ""; }

}  // namespace millrace::cli
