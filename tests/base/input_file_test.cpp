// SPDX-License-Identifier: Apache-2.0
#include "base/input_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string>

#include "support/expect_error.hpp"
#include "support/faulty_files.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::FaultyFiles;
using test::TemporaryDirectory;
using test::write_text;

TEST(InputFile, EveryReadContinuesWhereTheLastOneEnded) {
  TemporaryDirectory folder;
  write_text(folder.file("x"), "abcdef");
  InputFile file(folder.file("x"), "reader");
  EXPECT_EQ(file.size(), 6U);
  std::string first(2, ' '), rest(4, ' ');
  file.read(std::as_writable_bytes(std::span(first)));
  file.read(std::as_writable_bytes(std::span(rest)));
  EXPECT_EQ(first + rest, "abcdef");
}

TEST(InputFile, RefusesWhatIsNoFile) {
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
  // The only regular file of Linux whose reading fails: the memory of this process, at address 0.
  InputFile file("/proc/self/mem", "reader");
  std::array<std::byte, 4> bytes{};
  expect_error(ErrorKind::environment, {"[reader]", "cannot be read", "expected a disk without errors"},
               [&] { file.read(bytes); });
}

TEST(InputFile, OpensAgainIfASignalInterruptsTheOpening) {
  TemporaryDirectory folder;
  write_text(folder.file("x"), "abc");
  FaultyFiles faulty;
  faulty.fail(FaultyFiles::Call::open, 0, EINTR);
  EXPECT_EQ(InputFile(folder.file("x"), "reader").size(), 3U);
  EXPECT_EQ(FaultyFiles::count(FaultyFiles::Call::open), 2);
}

TEST(InputFile, SaysWhatTheMachineRanOutOf) {
  TemporaryDirectory folder;
  write_text(folder.file("x"), "abc");
  FaultyFiles faulty;
  for (const auto& [code, expected] :
       {std::pair{EMFILE, "fewer open files, or a higher limit (ulimit -n)"},
        std::pair{ENFILE, "fewer open files on this machine"}, std::pair{ENOMEM, "more free memory"}}) {
    faulty.fail(FaultyFiles::Call::open, 0, code);
    expect_error(ErrorKind::environment, {"[reader] '" + folder.file("x") + "' cannot be opened", expected},
                 [&] { InputFile file(folder.file("x"), "reader"); });
  }
}

}  // namespace
}  // namespace millrace
