// SPDX-License-Identifier: Apache-2.0
#include "base/mapped_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <thread>

#include "support/expect_error.hpp"
#include "support/faulty_files.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::FaultyFiles;
using test::TemporaryDirectory;
using test::write_text;

TEST(MappedFile, GivesTheBytesOfFilesAndPipes) {
  TemporaryDirectory folder;
  write_text(folder.file("x"), "abc\n");
  EXPECT_EQ(MappedFile(folder.file("x"), "csv").bytes(), "abc\n");
  write_text(folder.file("empty"), "");
  EXPECT_EQ(MappedFile(folder.file("empty"), "csv").bytes(), "");

  ASSERT_EQ(mkfifo(folder.file("pipe").c_str(), 0600), 0);
  const std::string long_text(200'000, 'x');  // more than one read
  std::thread writer([&] { std::ofstream(folder.file("pipe")) << long_text; });
  EXPECT_EQ(MappedFile(folder.file("pipe"), "csv").bytes(), long_text);
  writer.join();
}

TEST(MappedFile, BytesLiveAsLongAsTheirOwner) {
  TemporaryDirectory folder;
  write_text(folder.file("x"), "abc");
  std::shared_ptr<const void> owner;
  std::string_view bytes;
  {
    const MappedFile file(folder.file("x"), "csv");
    owner = file.owner();
    bytes = file.bytes();
  }
  EXPECT_EQ(bytes, "abc");
}

TEST(MappedFile, RefusesWhatIsNoFile) {
  TemporaryDirectory folder;
  expect_error(ErrorKind::data, {"[csv] there is no file '" + folder.file("x") + "'"},
               [&] { MappedFile file(folder.file("x"), "csv"); });
  expect_error(ErrorKind::data, {"is a directory, expected a file"}, [&] { MappedFile file(folder.path(), "csv"); });
  expect_error(ErrorKind::data, {"/dev/zero is a device"}, [&] { MappedFile file("/dev/zero", "csv"); });
}

TEST(MappedFile, OpensAFileAgainIfASignalInterruptsTheOpening) {
  TemporaryDirectory folder;
  write_text(folder.file("x"), "abc");
  FaultyFiles faulty;
  faulty.fail(FaultyFiles::Call::open, 0, EINTR);
  EXPECT_EQ(MappedFile(folder.file("x"), "csv").bytes(), "abc");
}

TEST(MappedFile, StopsWaitingForAPipeIfASignalInterruptsTheOpening) {
  TemporaryDirectory folder;
  ASSERT_EQ(mkfifo(folder.file("pipe").c_str(), 0600), 0);
  FaultyFiles faulty;
  faulty.fail(FaultyFiles::Call::open, 0, EINTR);
  expect_error(ErrorKind::interrupted, {"[csv] stopped while waiting for", "expected a process that writes to it"},
               [&] { MappedFile file(folder.file("pipe"), "csv"); });
}

TEST(MappedFile, SaysWhatTheMachineRanOutOf) {
  TemporaryDirectory folder;
  write_text(folder.file("x"), "abc");
  FaultyFiles faulty;
  faulty.fail(FaultyFiles::Call::open, 0, EMFILE);
  expect_error(ErrorKind::environment, {"[csv]", "expected fewer open files, or a higher limit (ulimit -n)"},
               [&] { MappedFile file(folder.file("x"), "csv"); });
  faulty.fail(FaultyFiles::Call::map, 0, ENOMEM);
  expect_error(ErrorKind::environment, {"[csv]", "of 3 bytes cannot be mapped", "(ulimit -v)"},
               [&] { MappedFile file(folder.file("x"), "csv"); });
}

TEST(MappedFile, IsFoundByTheAddressOfItsBytesAsLongAsItLives) {
  const TemporaryDirectory folder;
  folder.write("a", std::string(10000, 'a'));
  const char* address = nullptr;
  {
    const MappedFile file(folder.file("a"), "test");
    address = file.bytes().data();
    EXPECT_EQ(path_mapped_at(address), folder.file("a"));
    EXPECT_EQ(path_mapped_at(address + 9999), folder.file("a"));
    EXPECT_EQ(path_mapped_at(address - 1), nullptr);
    EXPECT_EQ(path_mapped_at(&address), nullptr);
  }
  EXPECT_EQ(path_mapped_at(address), nullptr);
}

}  // namespace
}  // namespace millrace
