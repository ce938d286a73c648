// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/output_folder.hpp"

#include <sys/stat.h>

#include "cli/cli.hpp"

namespace millrace::test {

namespace {

class Folders : public Cli {
 protected:
  Folders() { write_two_classes("t.csv"); }
  /// train_two without --overwrite.
  [[nodiscard]] static Words careful() {
    Words words = train_two;
    std::erase(words, "--overwrite");
    return words;
  }
  [[nodiscard]] mode_t mode_of(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(::stat(folder.file(name).c_str(), &status), 0);
    return status.st_mode & 07777;
  }
};

TEST_F(Folders, KeepARunUnlessItsReplacementIsRequested) {
  run_well(careful());
  const std::string model = read("out/model.onnx");
  const Words ways{"[train] --out 'out' holds a run", "--resume", "--overwrite", "another folder"};
  refuses(careful(), 2, ways + Words{"model.onnx"});
  std::filesystem::remove(folder.file("out/model.onnx"));
  // Before the data are read.
  refuses(careful() + Words{"--data", "missing.csv"}, 2, ways + Words{"checkpoint.safetensors"});
  run_well(careful() + Words{"--resume"});
  EXPECT_EQ(read("out/model.onnx"), model);
  run_well(careful() + Words{"--overwrite", "--epochs", "2"});
  EXPECT_NE(read("out/model.onnx"), model);
  run_well(careful() + Words{"--find-learning-rate"});  // replaces neither
  // Other files are no run.
  std::filesystem::create_directory(folder.file("other"));
  write("other/notes.txt", "mine");
  run_well(careful() + Words{"--out", "other"});
  EXPECT_EQ(read("other/notes.txt"), "mine");
}

// As on FAT and some network file systems, whose times count seconds: a short run follows another within one.
TEST_F(Folders, TellFilesOfTheSameTimeApart) {
  const auto time = std::filesystem::file_time_type::clock::now();
  const auto put = [&](const std::string& name, const std::string& text) {
    write("part", text);
    std::filesystem::last_write_time(folder.file("part"), time);
    std::filesystem::rename(folder.file("part"), folder.file("runs/" + name));
  };
  const auto is_there = [&](const char* name) {
    return std::filesystem::exists(folder.file("runs/" + std::string(name)));
  };
  std::filesystem::create_directory(folder.file("runs"));
  for (const char* const name : {"checkpoint.safetensors", "best.safetensors", "report.html"}) put(name, "one");
  {
    const cli::OutputFolder runs(folder.file("runs"));
    cli::SeenFile checkpoint(runs.file("checkpoint.safetensors"));
    cli::EarlierRun earlier(runs, checkpoint, {"best.safetensors", "report.html"});
    put("best.safetensors", "two");
    earlier.discard_outdated();
    EXPECT_FALSE(checkpoint.replaced());
    EXPECT_TRUE(is_there("report.html"));
    // The system may give the inode of the first file to the third.
    for (const char* const text : {"two", "six"}) put("checkpoint.safetensors", text);
    EXPECT_TRUE(checkpoint.replaced());
  }
  EXPECT_TRUE(is_there("best.safetensors"));
  EXPECT_FALSE(is_there("report.html"));

  cli::SeenFile none(folder.file("runs/none"));
  EXPECT_FALSE(none.replaced());
  put("none", "");
  EXPECT_TRUE(none.replaced());
}

TEST_F(Folders, BehindALinkMustBeThere) {
  std::filesystem::create_symlink("disk/runs", folder.file("link"));
  const Words parts{"a link to 'disk/runs', which is not there", "create that folder, or remove the link"};
  refuses(careful() + Words{"--out", "link"}, 2, Words{"[train] the output folder 'link' cannot be created"} + parts);
  refuses(careful() + Words{"--out", "link/a"}, 2, Words{"the output folder 'link/a'", "'link' is a link"} + parts);
  std::filesystem::create_directories(folder.file("disk/runs"));
  run_well(careful() + Words{"--out", "link"});
  EXPECT_FALSE(read("disk/runs/model.onnx").empty());
}

TEST_F(Folders, AreNoFiles) {
  write("notes", "mine");
  const std::string part = "'notes' is a file, expected a folder or a path that does not exist";
  refuses(careful() + Words{"--out", "notes"}, 2, {"[train] the output folder 'notes' cannot be created: " + part});
  refuses(careful() + Words{"--out", "notes/a/b"}, 2, {"the output folder 'notes/a/b'", part});
  EXPECT_EQ(read("notes"), "mine");
}

TEST_F(Folders, KeepLinksAndPermissions) {
  run_well(careful());
  std::filesystem::create_directory(folder.file("published"));
  std::filesystem::rename(folder.file("out/model.onnx"), folder.file("published/model.onnx"));
  std::filesystem::create_symlink("../published/model.onnx", folder.file("out/model.onnx"));
  ASSERT_EQ(::chmod(folder.file("published/model.onnx").c_str(), 0600), 0);
  ASSERT_EQ(::chmod(folder.file("out/history.csv").c_str(), 0640), 0);
  const std::string before = read("published/model.onnx");
  run_well(careful() + Words{"--overwrite", "--epochs", "3"});
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("out/model.onnx")));
  EXPECT_NE(read("published/model.onnx"), before);
  EXPECT_EQ(mode_of("published/model.onnx"), 0600U);
  EXPECT_EQ(mode_of("out/history.csv"), 0640U);
}

}  // namespace

}  // namespace millrace::test
