// SPDX-License-Identifier: Apache-2.0
#include "run/callbacks/event_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>

#include "base/atomic_file.hpp"
#include "base/file_calls.hpp"
#include "base/system_error.hpp"

namespace millrace {

namespace fs = std::filesystem;

namespace {

// TensorBoard reads every file whose name contains "tfevents".
constexpr std::string_view name_begin = "events.out.tfevents.", name_end = ".millrace.v2";

// The first record of every file.
std::string version_record(double time) {
  WireMessage event;
  event.number(1, time).text(3, "brain.Event:2");
  return record_of(event);
}

}  // namespace

EventFile::EventFile(std::string folder) : folder_(std::move(folder)) {}

void EventFile::add(const StepEvent& event) { added_ += event_record(event); }

void EventFile::write(const WorkingFolder& where) {
  const bool first = !file_;
  if (first) create(where);
  if (const int code = detail::write_all(file_->number(), std::as_bytes(std::span(added_))); code != 0)
    give_up("writing", code);
  added_.clear();
  if (first) remove_event_files(fs::path(path_).parent_path().string(), path_);
}

void EventFile::create(const WorkingFolder& where) {
  std::error_code code;
  const std::string folder = where.placed(folder_);
  fs::create_directories(folder, code);
  if (code) give_up("creating the folder", code.value());
  const std::time_t now = std::time(nullptr);
  path_ = (fs::path(folder) /
           (std::string(name_begin) + std::to_string(now) + "." + std::to_string(::getpid()) + std::string(name_end)))
              .string();
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  int descriptor = -1;
  do descriptor = detail::file_calls.open(path_.c_str(), flags, 0666);
  while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) give_up("creating a file", errno);
  file_.emplace(descriptor);
  added_.insert(0, version_record(static_cast<double>(now)));
}

void EventFile::give_up(std::string_view doing, int code) const {
  fail(kind_of_write_error(code), TensorBoard::op,
       "cannot write event files to '" + folder_ + "': " + std::string(doing) + ": " + system_text(code) +
           ", expected " + expected_of(code, "a folder that takes files"));
}

void remove_event_files(const std::string& folder, const std::string& kept) {
  std::error_code code;
  std::vector<fs::path> earlier;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(name_begin) && name.ends_with(name_end) && entry->path() != fs::path(kept))
      earlier.push_back(entry->path());
  }
  for (const fs::path& path : earlier) fs::remove(path, code);
}

}  // namespace millrace
