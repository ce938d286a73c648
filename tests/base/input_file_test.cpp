// SPDX-License-Identifier: Apache-2.0
#include "base/input_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::TemporaryDirectory;
using test::write_text;

TEST(InputFile, ReadsOn) {
  TemporaryDirectory folder;
  write_text(folder.file("x"), "abcdef");
  InputFile file(folder.file("x"), "reader");
  EXPECT_EQ(file.size(), 6U);
  std::string first(2, ' '), rest(4, ' ');
  file.read(std::as_writable_bytes(std::span(first)));
  file.read(std::as_writable_bytes(std::span(rest)));
  EXPECT_EQ(first + rest, "abcdef");
}

TEST(InputFile, RefusesWhatCannotBeRead) {
  TemporaryDirectory folder;
  expect_error(ErrorKind::data, {"[reader] '" + folder.file("x") + "' cannot be opened: No such file"},
               [&] { InputFile file(folder.file("x"), "reader"); });
  expect_error(ErrorKind::data, {"is a folder or a device"}, [&] { InputFile file(folder.path(), "reader"); });
  expect_error(ErrorKind::data, {"is a folder or a device"}, [&] { InputFile file("/dev/null", "reader"); });
  ASSERT_EQ(mkfifo(folder.file("pipe").c_str(), 0600), 0);
  expect_error(ErrorKind::data, {"is a folder or a device"}, [&] { InputFile file(folder.file("pipe"), "reader"); });
}

TEST(InputFile, RefusesAFileThatEndsEarly) {
  TemporaryDirectory folder;
  write_text(folder.file("x"), "abc");
  InputFile file(folder.file("x"), "reader");
  std::string text(5, ' ');
  expect_error(ErrorKind::data, {"[reader]", "ends 2 bytes early"},
               [&] { file.read(std::as_writable_bytes(std::span(text))); });
}

TEST(InputFile, ReportsADiskThatFails) {
  // The one regular file of Linux whose reading fails: address 0 of the own memory.
  InputFile file("/proc/self/mem", "reader");
  std::array<std::byte, 4> bytes{};
  expect_error(ErrorKind::data, {"cannot be read"}, [&] { file.read(bytes); });
}

}  // namespace
}  // namespace millrace
