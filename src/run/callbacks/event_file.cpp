// SPDX-License-Identifier: Apache-2.0
#include "run/callbacks/event_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <bit>
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

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
    table[byte] = crc;
  }
  return table;
}

template <class Unsigned>
void append_bytes(std::string& to, Unsigned value) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) to += static_cast<char>((value >> (8 * i)) & 0xFF);
}

// A number of protobuf: seven bits a byte, the lowest first; the high bit says that another byte follows.
void append_varint(std::string& to, std::uint64_t value) {
  for (; value > 0x7F; value >>= 7) to += static_cast<char>((value & 0x7F) | 0x80);
  to += static_cast<char>(value);
}

enum class WireType : std::uint8_t { varint = 0, bits64 = 1, bytes = 2, bits32 = 5 };

void append_key(std::string& to, std::uint32_t field, WireType type) {
  append_varint(to, (field << 3) | static_cast<std::uint32_t>(type));
}

void append_field(std::string& to, std::uint32_t field, std::string_view bytes) {
  append_key(to, field, WireType::bytes);
  append_varint(to, bytes.size());
  to += bytes;
}

std::string event_at(double time) {
  std::string event;
  append_key(event, 1, WireType::bits64);
  append_bytes(event, std::bit_cast<std::uint64_t>(time));
  return event;
}

std::string record_of(std::string_view event) {
  std::string record;
  append_bytes(record, std::uint64_t{event.size()});
  append_bytes(record, masked_crc32c(record));
  record += event;
  append_bytes(record, masked_crc32c(event));
  return record;
}

// The first record of every file.
std::string version_record(double time) {
  std::string event = event_at(time);
  append_field(event, 3, "brain.Event:2");
  return record_of(event);
}

}  // namespace

std::uint32_t masked_crc32c(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> table = crc_table();
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<std::uint8_t>(byte)) & 0xFF] ^ (crc >> 8);
  return std::rotr(~crc, 15) + 0xA282EAD8U;
}

std::string event_record(const StepEvent& event) {
  std::string summary;
  for (const auto& [name, number] : event.values) {
    std::string value;
    append_field(value, 1, name);
    append_key(value, 2, WireType::bits32);
    append_bytes(value, std::bit_cast<std::uint32_t>(static_cast<float>(number)));
    append_field(summary, 1, value);
  }
  std::string bytes = event_at(event.time);
  append_key(bytes, 2, WireType::varint);
  append_varint(bytes, static_cast<std::uint64_t>(event.step));
  append_field(bytes, 5, summary);
  return record_of(bytes);
}

EventFile::EventFile(std::string folder) : folder_(std::move(folder)) {}

EventFile::~EventFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void EventFile::add(const StepEvent& event) { added_ += event_record(event); }

void EventFile::write() {
  const bool first = descriptor_ < 0;
  if (first) create();
  if (const int code = detail::write_all(descriptor_, std::as_bytes(std::span(added_))); code != 0)
    give_up("writing", code);
  added_.clear();
  if (first) remove_event_files(folder_, path_);
}

void EventFile::create() {
  std::error_code code;
  fs::create_directories(folder_, code);
  if (code) give_up("creating the folder", code.value());
  const std::time_t now = std::time(nullptr);
  path_ = (fs::path(folder_) /
           (std::string(name_begin) + std::to_string(now) + "." + std::to_string(::getpid()) + std::string(name_end)))
              .string();
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  do descriptor_ = detail::file_calls.open(path_.c_str(), flags, 0666);
  while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) give_up("creating a file", errno);
  added_.insert(0, version_record(static_cast<double>(now)));
}

void EventFile::give_up(std::string_view doing, int code) const {
  const std::string machine = expected_of_machine(code);
  fail(kind_of_write_error(code), TensorBoard::op,
       "cannot write event files to '" + folder_ + "': " + std::string(doing) + ": " + system_text(code) +
           ", expected " + (machine.empty() ? "a folder that takes files" : machine));
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
