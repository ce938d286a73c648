// SPDX-License-Identifier: Apache-2.0
#include "base/atomic_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/file_calls.hpp"
#include "support/expect_error.hpp"
#include "support/faulty_files.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;
using test::FaultyFiles;
using test::read_text;
using test::TemporaryDirectory;
using test::write_text;
using Call = FaultyFiles::Call;

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(AtomicFile, WritesThePartsInOrder) {
  TemporaryDirectory folder;
  const std::string first = "ab", second, third = "cde";
  write_file_atomically(folder.file("x"), {std::as_bytes(std::span(first)), std::as_bytes(std::span(second)),
                                           std::as_bytes(std::span(third))});
  EXPECT_EQ(read_text(folder.file("x")), "abcde");
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"x"});
}

TEST(AtomicFile, SaysThatItsFolderWasRemovedMeanwhile) {
  TemporaryDirectory folder;
  std::filesystem::create_directory(folder.file("out"));
  AtomicFile file(folder.file("out/x"));
  std::filesystem::remove_all(folder.file("out"));
  expect_error(ErrorKind::environment, {"out/x", "removed meanwhile"}, [&] { file.commit(); });
}

TEST(AtomicFile, KeepsTheOldFileUntilCommit) {
  TemporaryDirectory folder;
  write_text(folder.file("x"), "old");
  {
    AtomicFile file(folder.file("x"));
    file.write("new");
    EXPECT_EQ(read_text(folder.file("x")), "old");
    EXPECT_EQ(names_in(folder.path()).size(), 2U);
  }
  EXPECT_EQ(read_text(folder.file("x")), "old");
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"x"});
}

TEST(AtomicFile, EveryFailingCallLeavesTheOldFileAndNothingElse) {
  for (const Call call : {Call::open, Call::write, Call::fsync, Call::rename})
    for (const int code : {ENOSPC, EIO, EACCES}) {
      TemporaryDirectory folder;
      write_text(folder.file("x"), "old");
      FaultyFiles faulty;
      faulty.fail(call, 0, code);
      expect_error(ErrorKind::environment,
                   {"[file] cannot write '", folder.file("x"), std::generic_category().message(code), "expected a "},
                   [&] { write_file_atomically(folder.file("x"), "new"); });
      EXPECT_EQ(FaultyFiles::count(call), 1);
      EXPECT_EQ(read_text(folder.file("x")), "old");
      EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"x"});
    }
}

TEST(AtomicFile, RepeatsInterruptedCallsAndContinuesShortWrites) {
  TemporaryDirectory folder;
  FaultyFiles faulty;
  for (const Call call : {Call::open, Call::write, Call::fsync}) faulty.fail(call, 0, EINTR);
  faulty.write_at_most(3);
  write_file_atomically(folder.file("x"), "0123456789");
  EXPECT_EQ(read_text(folder.file("x")), "0123456789");
  EXPECT_EQ(FaultyFiles::count(Call::write), 5);
  EXPECT_EQ(FaultyFiles::count(Call::fsync), 3);  // the file twice, the folder
}

TEST(AtomicFile, TakesAWriteOfNothingForAFullDisk) {
  TemporaryDirectory folder;
  FaultyFiles faulty;
  faulty.write_at_most(0);
  expect_error(ErrorKind::environment, {"more free space"}, [&] { write_file_atomically(folder.file("x"), "new"); });
}

TEST(AtomicFile, ReportsAFolderThatCannotBeFlushed) {
  TemporaryDirectory folder;
  FaultyFiles faulty;
  faulty.fail(Call::fsync, 1, EIO);
  expect_error(ErrorKind::environment, {"is written, but a power failure may undo it"},
               [&] { write_file_atomically(folder.file("x"), "new"); });
  EXPECT_EQ(read_text(folder.file("x")), "new");

  for (const int code : {EINVAL, EINTR}) {  // a file system that cannot do it, and a signal
    faulty.fail(Call::fsync, 1, code);
    EXPECT_NO_THROW(write_file_atomically(folder.file("x"), "newer"));
  }
  faulty.fail(Call::open, 1, EACCES);  // a folder that may be written to and not read
  EXPECT_NO_THROW(write_file_atomically(folder.file("x"), "newest"));
  EXPECT_EQ(read_text(folder.file("x")), "newest");
}

TEST(AtomicFile, AfterAFailureNothingCanBeCommitted) {
  TemporaryDirectory folder;
  AtomicFile file(folder.file("x"));
  {
    FaultyFiles faulty;
    faulty.fail(Call::write, 0, ENOSPC);
    EXPECT_THROW(file.write("a"), Error);
  }
  EXPECT_THROW(file.write("b"), Error);
  EXPECT_THROW(file.commit(), Error);
  EXPECT_TRUE(names_in(folder.path()).empty());
}

TEST(AtomicFile, CommitsOnce) {
  TemporaryDirectory folder;
  AtomicFile file(folder.file("x"));
  file.write("a");
  file.commit();
  EXPECT_THROW(file.commit(), Error);
  EXPECT_THROW(file.write("b"), Error);
  EXPECT_EQ(read_text(folder.file("x")), "a");
}

// Runs `work` in a child process and waits for its end.
template <class Work>
int in_child(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(AtomicFile, AKilledWriterLeavesTheOldFileAndTheNextOneCleansUp) {
  for (const Call call : {Call::write, Call::fsync, Call::rename}) {
    TemporaryDirectory folder;
    write_text(folder.file("x"), "old");
    const int status = in_child([&] {
      FaultyFiles faulty;
      faulty.kill(call, 0);
      write_file_atomically(folder.file("x"), "new");
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(read_text(folder.file("x")), "old");
    ASSERT_EQ(names_in(folder.path()).size(), 2U);
    EXPECT_TRUE(names_in(folder.path())[0].starts_with(".x.millrace-part-"));

    write_file_atomically(folder.file("other"), "of another name");
    EXPECT_EQ(names_in(folder.path()).size(), 3U);
    write_file_atomically(folder.file("x"), "newer");
    EXPECT_EQ(names_in(folder.path()), (std::vector<std::string>{"other", "x"}));
  }
}

TEST(AtomicFile, LeavesTheTemporaryFileOfALivingWriterAlone) {
  TemporaryDirectory folder;
  AtomicFile slow(folder.file("x"));
  slow.write("slow");
  write_file_atomically(folder.file("x"), "quick");
  EXPECT_EQ(read_text(folder.file("x")), "quick");
  slow.commit();
  EXPECT_EQ(read_text(folder.file("x")), "slow");
}

TEST(AtomicFile, WritersOfOnePathDoNotMix) {
  TemporaryDirectory folder;
  const std::string path = folder.file("x");
  auto write_many = [&](char letter) {
    for (int i = 0; i < 40; ++i) write_file_atomically(path, std::string(10000, letter));
  };
  std::thread other(write_many, 'a');
  write_many('b');
  other.join();
  const std::string text = read_text(path);
  EXPECT_EQ(text, std::string(10000, text[0]));
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"x"});
}

TEST(AtomicFile, StartsAgainIfAnotherWriterRemovedItsNewFile) {
  TemporaryDirectory folder;
  const detail::FileCalls before = detail::file_calls;
  static int opened;
  opened = 0;
  detail::file_calls.open = [](const char* path, int flags, mode_t mode) {
    const int descriptor = ::open(path, flags, mode);
    if (opened++ == 0) ::unlink(path);
    return descriptor;
  };
  write_file_atomically(folder.file("x"), "new");
  detail::file_calls = before;
  EXPECT_EQ(opened, 3);  // lost, kept, the folder
  EXPECT_EQ(read_text(folder.file("x")), "new");
}

TEST(AtomicFile, TakesAnotherTemporaryNameIfItsOwnIsInUse) {
  TemporaryDirectory folder;
  FaultyFiles faulty;
  faulty.fail(Call::open, 0, EEXIST);
  write_file_atomically(folder.file("x"), "new");
  EXPECT_EQ(read_text(folder.file("x")), "new");
}

TEST(AtomicFile, KeepsPermissionsAndLinks) {
  TemporaryDirectory folder;
  write_text(folder.file("x"), "old");
  chmod(folder.file("x").c_str(), 0640);
  ASSERT_EQ(symlink("x", folder.file("link").c_str()), 0);
  write_file_atomically(folder.file("link"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_EQ(read_text(folder.file("x")), "new");
  struct stat status {};
  ASSERT_EQ(stat(folder.file("x").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
}

// The groups that this process may give its files to.
std::vector<gid_t> groups_to_give() {
  std::vector<gid_t> groups(static_cast<std::size_t>(getgroups(0, nullptr)));
  EXPECT_EQ(getgroups(static_cast<int>(groups.size()), groups.data()), std::ssize(groups));
  groups.push_back(getegid());
  if (geteuid() == 0) groups.push_back(54321);  // any
  return groups;
}

// As `chgrp team model.onnx` gives it, for readers of a group.
TEST(AtomicFile, KeepsTheGroup) {
  TemporaryDirectory folder;
  for (const gid_t group : groups_to_give()) {
    write_text(folder.file("x"), "old");
    ASSERT_EQ(chown(folder.file("x").c_str(), static_cast<uid_t>(-1), group), 0) << group;
    chmod(folder.file("x").c_str(), 0660);
    write_file_atomically(folder.file("x"), "new");
    struct stat status {};
    ASSERT_EQ(stat(folder.file("x").c_str(), &status), 0);
    EXPECT_EQ(status.st_gid, group);
    EXPECT_EQ(status.st_mode & 07777U, 0660U);
  }
}

TEST(AtomicFile, CreatesTheFileBehindALink) {
  TemporaryDirectory folder;
  std::filesystem::create_directory(folder.file("data"));
  ASSERT_EQ(symlink("data/x", folder.file("link").c_str()), 0);
  ASSERT_EQ(symlink(folder.file("link").c_str(), folder.file("second").c_str()), 0);
  write_file_atomically(folder.file("second"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("second")));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_FALSE(std::filesystem::is_symlink(folder.file("data/x")));
  EXPECT_EQ(read_text(folder.file("data/x")), "new");

  ASSERT_EQ(symlink("missing/x", folder.file("lost").c_str()), 0);
  expect_error(ErrorKind::usage, {"create it first"}, [&] { AtomicFile file(folder.file("lost")); });
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("lost")));
}

TEST(AtomicFile, ARelativeNameStaysInTheFolderWhereItWasOpened) {
  TemporaryDirectory folder, elsewhere;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  AtomicFile file("x");
  file.write("new");
  std::filesystem::current_path(elsewhere.path());
  file.commit();
  std::filesystem::current_path(before);
  EXPECT_EQ(read_text(folder.file("x")), "new");
}

TEST(AtomicFile, RefusesWhatIsNotTheNameOfAFile) {
  TemporaryDirectory folder;
  ASSERT_EQ(symlink("loop", folder.file("loop").c_str()), 0);
  for (const std::string& path : {folder.path(), folder.file(""), folder.file("."), std::string("/dev/null")})
    expect_error(ErrorKind::usage, {"'" + path + "'", "a folder or a device, expected the name of a file"},
                 [&] { AtomicFile file(path); });
  write_text(folder.file("x"), "old");
  expect_error(ErrorKind::usage, {"create it first"}, [&] { AtomicFile file(folder.file("missing/x")); });
  expect_error(ErrorKind::usage, {"create it first"}, [&] { AtomicFile file(folder.file("x/y")); });
  expect_error(ErrorKind::usage, {"a shorter name"}, [&] { AtomicFile file(folder.file(std::string(250, 'x'))); });
  expect_error(ErrorKind::usage, {"finding its folder"}, [&] { AtomicFile file(folder.file("loop")); });
  expect_error(ErrorKind::usage, {"the path is empty, expected the name of a file"}, [&] { AtomicFile file(""); });
  EXPECT_EQ(names_in(folder.path()), (std::vector<std::string>{"loop", "x"}));
}

// /dev/stdout leads to the file that stdout is redirected to, which a rename would take away from it.
TEST(AtomicFile, RefusesTheFilesBehindStreams) {
  TemporaryDirectory folder;
  write_text(folder.file("log"), "old");
  const int log = open(folder.file("log").c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(log, 0);
  ASSERT_EQ(symlink(("/dev/fd/" + std::to_string(log)).c_str(), folder.file("link").c_str()), 0);
  for (const std::string& path :
       {"/dev/fd/" + std::to_string(log), "/proc/self/fd/" + std::to_string(log), folder.file("link")})
    expect_error(ErrorKind::usage, {"is a stream that is open already", "- for stdout"},
                 [&] { AtomicFile file(path); });
  close(log);
  EXPECT_EQ(read_text(folder.file("log")), "old");
}

TEST(AtomicFile, NamesTheRemedyForALimitOnTheSizeOfFiles) {
  TemporaryDirectory folder;
  FaultyFiles faulty;
  faulty.fail(Call::write, 0, EFBIG);
  expect_error(ErrorKind::environment, {"a higher limit"}, [&] { write_file_atomically(folder.file("x"), "new"); });
}

}  // namespace
}  // namespace millrace
