// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/file_stamp.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stop_token>
#include <thread>

#include "cli/cli.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace::test {
namespace {

using cli::FileStamp;

class ChangedFiles : public Cli {};

TEST_F(ChangedFiles, AValidationFileThatIsReplacedWhileItIsReadIsNamed) {
  write_two_classes("t.csv");
  write_two_classes("held.csv", 200'000);
  std::jthread writer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::filesystem::copy_file(folder.file("held.csv"), folder.file("next"));
      std::filesystem::rename(folder.file("next"), folder.file("held.csv"));
    }
  });
  const ProcessResult result = run(train_two + Words{"--validation", "held.csv", "--epochs", "1"});
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.err.find("[train] held.csv was replaced by another file while it was in use"), std::string::npos)
      << result.err;
}

class FileStamps : public ::testing::Test {
 protected:
  FileStamps() { folder_.write("rows", "0123456789"); }
  void expect_change(const std::string& change, const std::function<void()>& make) {
    const FileStamp stamp(path_);
    stamp.require_unchanged("train");
    make();
    expect_error(ErrorKind::data, {"[train] " + path_ + " " + change, "expected a file that nobody changes"},
                 [&] { stamp.require_unchanged("train"); });
  }
  const TemporaryDirectory folder_;
  const std::string path_ = folder_.file("rows");
};

TEST_F(FileStamps, NameEachChange) {
  expect_change("had 10 bytes and has 4", [&] { std::filesystem::resize_file(path_, 4); });
  expect_change("was written to", [&] {
    const timespec times[2] = {{1, 0}, {1, 5}};
    ::utimensat(AT_FDCWD, path_.c_str(), times, 0);
  });
  expect_change("was replaced", [&] {
    folder_.write("new", "0123");
    std::filesystem::rename(folder_.file("new"), path_);
  });
  expect_change("is gone", [&] { std::filesystem::remove(path_); });
}

TEST_F(FileStamps, IgnoreWhatIsNoFile) {
  for (const std::string& path : {folder_.file("missing"), std::string("/dev/stdin"), folder_.path()}) {
    const FileStamp stamp(path);
    EXPECT_EQ(stamp.size(), 0);
    stamp.require_unchanged("train");
  }
}

TEST_F(FileStamps, IgnoreAnotherName) {
  const FileStamp stamp(path_);
  std::filesystem::create_hard_link(path_, folder_.file("other"));
  ::chmod(path_.c_str(), 0600);
  stamp.require_unchanged("train");
}

}  // namespace
}  // namespace millrace::test
