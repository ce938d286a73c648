// SPDX-License-Identifier: Apache-2.0
#include "base/nameless_file.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "support/expect_error.hpp"
#include "support/faulty_files.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

std::string read(const NamelessFile& file, std::int64_t offset, std::size_t size) {
  std::string text(size, ' ');
  file.read(offset, std::as_writable_bytes(std::span(text)));
  return text;
}

void write(NamelessFile& file, const std::string& text) { file.write(std::as_bytes(std::span(text))); }

TEST(NamelessFile, GivesBackWhatWasWrittenAndLeavesNothing) {
  const TemporaryDirectory folder;
  NamelessFile file(folder.path(), "fit", "rows");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  write(file, "abc");
  write(file, "defg");
  EXPECT_EQ(read(file, 0, 7), "abcdefg");
  EXPECT_EQ(read(file, 2, 3), "cde");
}

TEST(NamelessFile, WritesInAsManyCallsAsTheSystemWants) {
  const TemporaryDirectory folder;
  FaultyFiles calls;
  calls.write_at_most(3);
  NamelessFile file(folder.path(), "fit", "rows");
  write(file, "abcdefgh");
  EXPECT_EQ(read(file, 0, 8), "abcdefgh");
}

TEST(NamelessFile, NamesTheFolderWhenItTakesNoFile) {
  expect_error(ErrorKind::environment, {"[fit] the folder '/nowhere' takes no file of rows"},
               [] { const NamelessFile file("/nowhere", "fit", "rows"); });
  const TemporaryDirectory folder;
  NamelessFile file(folder.path(), "fit", "rows");
  FaultyFiles calls;
  calls.fail(FaultyFiles::Call::write, 0, ENOSPC);
  expect_error(ErrorKind::environment, {folder.path(), "takes no file of rows", "No space left"},
               [&] { write(file, "abc"); });
}

TEST(NamelessFile, RefusesToReadBeyondItsEnd) {
  const TemporaryDirectory folder;
  NamelessFile file(folder.path(), "fit", "rows");
  write(file, "abc");
  expect_error(ErrorKind::environment, {"takes no file of rows"}, [&] { static_cast<void>(read(file, 2, 2)); });
}

}  // namespace
}  // namespace millrace::test
