// SPDX-License-Identifier: Apache-2.0
#include "run/callbacks/event_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "support/expect_error.hpp"
#include "support/faulty_files.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

using namespace std::string_literals;
namespace fs = std::filesystem;

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(EventFile, MasksTheChecksumOfTheStandard) {
  // 0xE3069283 is the check value of CRC-32C.
  EXPECT_EQ(masked_crc32c("123456789"), ((0xE3069283U >> 15) | (0xE3069283U << 17)) + 0xA282EAD8U);
  EXPECT_EQ(masked_crc32c(""), 0xA282EAD8U);
}

// Written down from the format's description, byte by byte.
TEST(EventFile, WritesAnEventAsARecord) {
  const std::string record = event_record({.step = 300, .time = 1.0, .values = {{"ab", 0.5}, {"c", -2}}});
  const std::string event =
      "\x09\x00\x00\x00\x00\x00\x00\xF0\x3F"s  // 1: the double 1
      "\x10\xAC\x02"s                          // 2: 300 = 0b10'0101100
      "\x2A\x15"s                              // 5: a summary of 21 bytes
      "\x0A\x09\x0A\x02"s
      "ab\x15\x00\x00\x00\x3F"s  // a value of 9 bytes: its tag, the float 0.5
      "\x0A\x08\x0A\x01"s
      "c\x15\x00\x00\x00\xC0"s;
  ASSERT_EQ(record.size(), 8 + 4 + event.size() + 4);
  EXPECT_EQ(record.substr(0, 8), std::string(1, static_cast<char>(event.size())) + std::string(7, '\0'));
  EXPECT_EQ(record.substr(12, event.size()), event);
  const auto number_at = [&](std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 4; i-- > 0;) number = number << 8 | static_cast<std::uint8_t>(record[at + i]);
    return number;
  };
  EXPECT_EQ(number_at(8), masked_crc32c(std::string_view(record).substr(0, 8)));
  EXPECT_EQ(number_at(12 + event.size()), masked_crc32c(event));
}

TEST(EventFile, GrowsByWholeRecords) {
  const TemporaryDirectory folder;
  EventFile file(folder.file("a/b"));
  EXPECT_FALSE(fs::exists(folder.file("a"))) << "nothing is written before write()";
  file.write();
  ASSERT_EQ(files_in(folder.file("a/b")).size(), 1U);
  const std::string path = folder.file("a/b/" + files_in(folder.file("a/b"))[0]);
  const std::string begin = read_text(path);
  EXPECT_NE(begin.find("brain.Event:2"), std::string::npos);
  const StepEvent one{.step = 1, .time = 2, .values = {{"loss", 3}}}, two{.step = 2, .time = 3, .values = {}};
  file.add(one);
  EXPECT_EQ(read_text(path), begin);
  file.write();
  EXPECT_EQ(read_text(path), begin + event_record(one));
  file.add(two);
  file.write();
  file.write();
  EXPECT_EQ(read_text(path), begin + event_record(one) + event_record(two));
}

TEST(EventFile, ReplacesTheFilesOfEarlierRunsOnly) {
  const TemporaryDirectory folder;
  const std::string earlier = "events.out.tfevents.1700000000.12.millrace.v2";
  for (const std::string& name : {earlier, "events.out.tfevents.1700000000.host.12.v2"s, "notes.txt"s})
    std::ofstream(folder.file(name)) << "x";
  EventFile file(folder.path());
  EXPECT_TRUE(fs::exists(folder.file(earlier)));
  file.write();
  EXPECT_FALSE(fs::exists(folder.file(earlier)));
  EXPECT_EQ(files_in(folder.path()).size(), 3U);
}

TEST(EventFile, SaysWhatItCannotWrite) {
  const TemporaryDirectory folder;
  std::ofstream(folder.file("file")) << "x";
  expect_error(ErrorKind::usage, {"[tensorboard] cannot write event files to", "file/train", "expected a folder"},
               [&] { EventFile(folder.file("file/train")).write(); });
}

TEST(EventFile, FailsIfTheDiskIsFull) {
  const TemporaryDirectory folder;
  EventFile file(folder.path());
  file.write();
  FaultyFiles faulty;
  faulty.fail(FaultyFiles::Call::write, 0, ENOSPC);
  file.add({.step = 1, .time = 2, .values = {}});
  expect_error(ErrorKind::environment, {"[tensorboard] cannot write event files to", "writing: No space left"},
               [&] { file.write(); });
}

TEST(EventFile, WritesTheRestOfAShortWrite) {
  const TemporaryDirectory folder;
  EventFile file(folder.path());
  file.write();
  const std::string path = folder.file(files_in(folder.path()).at(0)), begin = read_text(path);
  FaultyFiles faulty;
  faulty.write_at_most(5);
  const StepEvent event{.step = 1, .time = 2, .values = {{"loss", 1}}};
  file.add(event);
  file.write();
  EXPECT_EQ(read_text(path), begin + event_record(event));
}

}  // namespace
}  // namespace millrace::test
